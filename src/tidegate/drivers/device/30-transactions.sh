# The lock, the token, the transactions. ------------------------------------------------------------------------------

lock() {
	exec 9>>lock
	flock 9 || fail "the lock of the state folder cannot be taken"
}

unlock() {
	exec 9>&-
}

read_highest() {
	highest=0
	for seen in "highest/$scope"/*; do
		[ ! -e "$seen" ] || [ "${seen##*/}" -le "$highest" ] || highest=${seen##*/}
	done
}

# Refuses a runner that a newer one has followed, and keeps a higher token before anything is answered. `looks` may
# come with token 0, which is not kept.
fence() { # acts|looks|glances
	read_highest
	[ "$token" -ne 0 ] || [ "$1" != acts ] || refuse token "token 0 may only look"
	[ "$token" -ge "$highest" ] || [ "$token" -eq 0 ] || refuse token "it has heard from a runner with token $highest"
	[ "$token" -gt "$highest" ] && [ "$1" != glances ] || return 0
	[ -d "highest/$scope" ] || mkdir -p "highest/$scope" || no_room
	mark "highest/$scope" "$token" || no_room
	sync highest "highest/$scope"
	[ "$highest" -eq 0 ] || rm -f "highest/$scope/$highest"
	highest=$token
}

no_room() {
	refuse no_space "the state folder cannot be written"
}

# $at and $dir: where a transaction is; empty where it is not known.
find_transaction() { # ID
	for at in staged armed confirmed reverting reverted; do
		dir=tx/$at/$1
		[ ! -d "$dir" ] || return 0
	done
	at='' dir=''
}

# $open and $open_at: the transaction that is armed or goes back. There is at most one.
find_open() {
	open='' open_at=''
	for found in tx/armed/* tx/reverting/*; do
		[ -d "$found" ] || continue
		open=${found##*/} open_at=${found#tx/} open_at=${open_at%%/*}
	done
}

# One step of a transaction. -T: never into a folder of that name. Leaves $at and $dir where it is then.
step() { # ID FROM TO
	mv -T "tx/$2/$1" "tx/$3/$1" || fail "transaction $1 cannot become $3"
	at=$3 dir=tx/$3/$1
}

# $newest: the confirmed transaction that was armed last.
find_newest() {
	newest='' order=0
	for found in tx/confirmed/*; do
		[ -d "$found" ] || continue
		read_mark "$found" order
		[ "${value:-0}" -lt "$order" ] || newest=${found##*/} order=$value
	done
}
