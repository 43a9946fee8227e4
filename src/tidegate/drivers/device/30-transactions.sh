# The lock, the token, the transactions. ------------------------------------------------------------------------------

# It is kept from one verb to the next, and let go of before a command runs, before anybody waits, and at the end.
lock() {
	[ -z "$locked" ] || return 0
	exec 9>>lock
	flock 9 || fail "the lock of the state folder cannot be taken"
	locked=yes
}

unlock() {
	exec 9>&-
	locked='' fresh=''
}

read_highest() {
	highest=0
	for seen in "highest/$scope"/*; do
		[ ! -e "$seen" ] || [ "${seen##*/}" -le "$highest" ] || highest=${seen##*/}
	done
}

# Refuses a runner that a newer one has followed, and keeps a higher token. Who looks may come with token 0, which is
# not kept. Who glances or begins keeps nothing yet; who begins owes it before anything is answered.
fence() { # acts|looks|glances|begins
	owes=
	read_highest
	case $1:$token in
	acts:0 | begins:0) refuse token "token 0 may only look" ;;
	esac
	[ "$token" -ge "$highest" ] || [ "$token" -eq 0 ] || refuse token "it has heard from a runner with token $highest"
	case $1 in
	glances) return 0 ;;
	begins) owes=yes ;;
	*) [ "$token" -le "$highest" ] || add_token ;;
	esac
}

add_token() {
	[ -d "highest/$scope" ] || mkdir -p "highest/$scope" || no_room
	set -- "highest/$scope"/*
	[ $# -lt 16 ] || drop_tokens "$@"
	mark "highest/$scope" "$token" || no_room
	unsynced="highest highest/$scope"
	highest=$token
}

# All but the highest.
drop_tokens() { # FILE...
	for seen; do
		shift
		[ "${seen##*/}" -eq "$highest" ] || set -- "$@" "$seen"
	done
	sync "highest/$scope" && rm -f "$@"
}

keep_token() {
	[ -z "$owes" ] || { lock && fence acts; }
}

# Puts files and folders on the disk, and the token with them.
flush() { # PATH...
	# shellcheck disable=SC2086 # words without spaces
	sync "$@" $unsynced || return 1
	unsynced=
	let_out
}

sync_token() {
	[ -z "$unsynced" ] || flush || no_room
}

no_room() {
	refuse no_space "the state folder cannot be written"
}

# $at and $dir: where a transaction is; empty where it is not known.
find_transaction() { # ID
	at=staged
	for dir in "tx/staged/$1@"*; do
		[ ! -e "$dir/staged" ] || return 0
	done
	for at in armed confirmed reverting reverted; do
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

# One step of a transaction. -T: never into a folder of that name. Leaves $at and $dir where it is then; a staged one
# is in $dir before, too.
step() { # ID FROM TO
	[ "$2" = staged ] || dir=tx/$2/$1
	mv -T "$dir" "tx/$3/$1" || fail "transaction $1 cannot become $3"
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

# $listed: all that was ever armed here, and where it is. While this stays the same, no transaction has moved.
list_moved() {
	set -- tx/armed/* tx/confirmed/* tx/reverting/* tx/reverted/*
	listed=$*
}
