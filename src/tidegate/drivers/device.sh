#!/bin/sh
# The device program: all that Tidegate does on a device. It comes with every request, and is installed nowhere.
#
#   sh -c "$starter" NAME PROGRAM VERBS NONCE ROOT DEVICE SCOPE TOKEN TRANSACTION LIMIT
#
# VERBS is shell text that calls the verbs at the end of this file, in order, then `finish 0`. LIMIT is how many
# seconds whoever asks will wait. stdin carries the tar that `stage` unpacks, and nothing else; stdout the answers, one
# `TG1 NONCE KEY FIELD...` a line, each field percent-encoded. Whatever else stands on stdout is somebody else's.
#
# What it keeps lies in ROOT/var/lib/tidegate:
#   highest/SCOPE/TOKEN             the highest token that was seen; a lower one is refused
#   have/COMPONENT                  the record of what was confirmed by transactions that are purged since
#   tx/STATE/ID/                    a transaction; the folder it lies in is its state, and every step is one rename
#     manifest, commands            what the runner wrote: shell text that is read with `visit`
#     moves, made, beside           what is renamed where; folders that are made; folders beside targets that are ours
#     to/COMPONENT from/COMPONENT   records: the digest, then a line for every file, as `survey` writes them
#     new/ old/                     the bytes, on the targets' own file system, so that each step is a rename
#     why.WORD exit.CODE order.N began.COMPONENT stuck     marks: empty files, which a full disk can still make
#     deadline timer unit           notes: made at stage, then overwritten in place, which needs no space either
#
# Two locks. `lock` is held for the work of one verb, never while a command of the user's runs. `work` is held by
# whoever switches or restores. Who needs both takes `work` first.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
set -u

starter='program=$1 verbs=$2; shift 2; eval "$program"'
nl='
'
tab='	'

# Answers. ------------------------------------------------------------------------------------------------------------

say() {
	printf 'TG1 %s %s\n' "$nonce" "$*"
}

# A field that may hold anything. Only odd text costs a process.
encode() {
	case $1 in
	*[!A-Za-z0-9:._/@,=+-]*) encoded=$(printf %s "$1" | od -An -v -tx1 | tr -s ' \n' '%%') && encoded=${encoded%?} ;;
	*) encoded=$1 ;;
	esac
}

say_text() {
	encode "$1"
	say text "$encoded"
}

# The end of what a command wrote. It is not ours, so it is encoded whole.
say_output() {
	encoded=$(tail -c 500 "$1" 2>/dev/null | od -An -v -tx1 | tr -s ' \n' '%%')
	say text "${encoded%?}"
}

# The request is over: 0 well, 1 refused, 2 failed. What was half staged goes.
finish() {
	[ -z "$incoming" ] || drop "$incoming"
	say end "$1"
	exit "$1"
}

refuse() {
	say refused "$1"
	say_text "$2"
	finish 1
}

fail() {
	say failed
	say_text "$1"
	finish 2
}

# Time, processes, notes and marks: without starting a process. -------------------------------------------------------

# $now: hundredths of a second since the boot.
read_now() {
	read -r now _ </proc/uptime
	now=${now%.*}${now#*.}
}

# $birth: when process $1 began, empty where it is no more. With it a number that is used again is no mistake.
read_birth() {
	birth=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086 # fields, after the name, which may hold anything
	set -- ${stat##*) }
	[ "$1" = Z ] || birth=${20}
}

lives() { # PID BIRTH
	[ -n "$1" ] || return 1
	read_birth "$1"
	[ -n "$birth" ] && [ "$birth" = "$2" ]
}

# Notes have one width and are written over in place: no truncation, no rename, no space.
note() { # FILE TEXT
	printf '%-63s\n' "$2" 1<>"$1"
}

mark() { # DIR NAME.VALUE
	: >"$1/$2"
}

# $value: of mark NAME in DIR, empty where there is none.
read_mark() { # DIR NAME
	value=
	for found in "$1/$2".*; do
		[ ! -e "$found" ] || value=${found##*/"$2".}
	done
}

# $why: of a transaction. Several may have been given in turn: that it failed is never taken back.
read_why() { # DIR
	for why in failed back interrupted boot deadline sealed; do
		[ ! -e "$1/why.$why" ] || return 0
	done
	why=-
}

# $unit_kind $unit_pid $unit_birth: who switches or restores; $timer_pid $timer_birth $timer_wakes.
read_unit() { # DIR
	read -r unit_kind unit_pid unit_birth _ <"$1/unit"
}

read_timer() { # DIR
	read -r timer_pid timer_birth timer_wakes _ <"$1/timer"
}

# The lock, the token, the transactions. ------------------------------------------------------------------------------

lock() {
	exec 9>>lock
	flock 9 || fail "the lock of the state folder cannot be taken"
}

unlock() {
	exec 9>&-
}

# Refuses a runner that a newer one has followed, and keeps a higher token before anything is answered. `looks` may
# come with token 0, which is not kept.
fence() { # acts|looks|glances
	highest=0
	for seen in "highest/$scope"/*; do
		[ -e "$seen" ] && [ "${seen##*/}" -gt "$highest" ] && highest=${seen##*/}
	done
	[ "$token" -ne 0 ] || [ "$1" != acts ] || refuse token "token 0 may only look"
	[ "$token" -ge "$highest" ] || [ "$token" -eq 0 ] || refuse token "it has heard from a runner with token $highest"
	[ "$token" -gt "$highest" ] && [ "$1" != glances ] || return 0
	[ -d "highest/$scope" ] || mkdir -p "highest/$scope" || no_room
	: >"highest/$scope/$token" || no_room
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
		[ "$value" -lt "$order" ] || newest=${found##*/} order=$value
	done
}

# Records and what the disk says. -------------------------------------------------------------------------------------

# $text: a file's lines, each between newlines.
read_text() { # FILE
	text=$nl
	while IFS= read -r line; do
		text=$text$line$nl
	done <"$1"
}

# Looks at paths: two processes for all of them. Lines `KIND SHA256 MODE UID GID TARGET` go to $fresh for what is staged
# (a relative path), to $disk for all else.
survey() { # PATH...
	disk=$nl fresh=$nl
	for path; do
		shift
		if [ -L "$path" ]; then
			dest=$(readlink "$path" | sha256sum)
			surveyed "link ${dest%% *} - - -" "$path"
		elif [ -f "$path" ]; then
			set -- "$@" "$path"
		elif [ -e "$path" ]; then
			surveyed "else - - - -" "$path"
		else
			surveyed "none - - - -" "$path"
		fi
	done
	[ $# -gt 0 ] || return 0
	modes=$(stat -c '%f %u %g' -- "$@") sums=$(sha256sum -- "$@")
	for path; do
		sum=${sums%%"$nl"*} sum=${sum#\\}
		surveyed "file ${sum%% *} ${modes%%"$nl"*}" "$path"
		modes=${modes#*"$nl"} sums=${sums#*"$nl"}
	done
}

surveyed() { # FACTS PATH
	case $2 in
	/*) disk=$disk$1\ ${2#"$root"}$nl ;;
	*) fresh=$fresh$1\ ${2#"$dir/new"}$nl ;;
	esac
}

# $had: the record of what a component was last confirmed with.
find_had() { # COMPONENT
	had='' order=0
	for found in "tx/confirmed/"*"/to/$1"; do
		[ -e "$found" ] || continue
		read_mark "${found%/to/*}" order
		[ "$value" -lt "$order" ] || had=$found order=$value
	done
	[ -n "$had" ] || [ ! -e "have/$1" ] || had=have/$1
}

# $records: what a component may be, newest first.
find_records() { # COMPONENT
	records=
	[ -z "$open" ] || [ ! -e "tx/$open_at/$open/to/$1" ] ||
		records="tx/$open_at/$open/to/$1 tx/$open_at/$open/from/$1"
	find_had "$1"
	records="$records $had"
}

# Surveys all that the records of components speak of, and whatever lies in folders that they own.
survey_components() { # COMPONENT...
	components=$* inside=$nl
	set --
	for component in $components; do
		find_records "$component"
		for record in $records; do
			while read -r kind _ _ _ _ path; do
				case $kind in
				file | link | none | else) set -- "$@" "$root$path" ;;
				esac
			done <"$record"
			find_inside "$record"
		done
	done
	survey "$@"
}

# Adds to $inside whatever lies in the folders that a record owns.
find_inside() { # RECORD
	while read -r kind path; do
		[ "$kind" = own ] && [ -d "$root$path" ] || continue
		inside=$inside$(find "$root$path" ! -type d)$nl
	done <"$1"
}

# Is the disk as a record says? In one that was confirmed, what is absent no longer counts: others may have put it there.
matches() { # RECORD
	read_text "$1"
	while IFS= read -r line; do
		case $line in
		digest\ *) ;;
		own\ *) owns_all "${line#own }" || return 1 ;;
		none\ *) case $1 in tx/armed/* | tx/reverting/*) on_disk "$line" || return 1 ;; esac ;;
		*) on_disk "$line" || return 1 ;;
		esac
	done <"$1"
}

on_disk() { # LINE
	case $disk in
	*"$nl$1$nl"*) return 0 ;;
	esac
	return 1
}

# Is all that lies in a folder in the record whose lines are in $text?
owns_all() { # FOLDER
	left=${inside#"$nl"}
	while [ -n "$left" ]; do
		path=${left%%"$nl"*} left=${left#*"$nl"}
		case $path in
		"$root$1"*) case $text in *" ${path#"$root"}$nl"*) ;; *) return 1 ;; esac ;;
		esac
	done
}

# $runs: the digest whose record the disk agrees with, after `survey_components`.
read_runs() { # COMPONENT
	find_records "$1"
	runs=none
	for record in $records; do
		runs=drifted
		matches "$record" || continue
		read -r _ runs <"$record"
		return 0
	done
}

# What the runner wrote. ----------------------------------------------------------------------------------------------

# Reads a manifest: calls a function for every line of the kinds that are named, in the order they are written.
visit() { # FILE KIND=FUNCTION...
	on_load=: on_file=: on_own=: on_validate=: on_activate=:
	manifest=$1
	shift
	for pair; do
		case $pair in
		load=*) on_load=${pair#*=} ;;
		file=*) on_file=${pair#*=} ;;
		own=*) on_own=${pair#*=} ;;
		validate=*) on_validate=${pair#*=} ;;
		activate=*) on_activate=${pair#*=} ;;
		esac
	done
	# shellcheck disable=SC1090 # written by the runner, quoted there, in a folder that is ours alone
	. "./$manifest"
}

load() { # COMPONENT NOW TO OVER SNAPSHOT
	component=$1
	"$on_load" "$@"
}
file() { "$on_file" "$@"; }         # MODE OWNER GROUP TARGET
own() { "$on_own" "$@"; }           # FOLDER
validate() { "$on_validate" "$@"; } # COMMAND NAME=VALUE...
activate() { "$on_activate" "$@"; } # COMMAND NAME=VALUE...

# Runs a command of the user's with exactly the environment that is promised, no lock, and no stdin. It leaves behind
# what it likes; nothing of ours stays open in it.
run_command() { # OUTPUT SECONDS|- COMMAND NAME=VALUE...
	(
		exec 8>&- 9>&- </dev/null >>"$1" 2>&1
		limit=$2 command=$3
		shift 3
		set -- env -i PATH="$PATH" LC_ALL=C TIDEGATE_ROOT="$root" "$@" sh -eu -c "$command"
		[ "$limit" = - ] || set -- timeout -k 5 "$limit" "$@"
		cd "${root:-/}" && exec "$@"
	)
}

# Staging. ------------------------------------------------------------------------------------------------------------

# Why a step of staging broke off: a full disk says so, all else cannot be undone either.
give_up() { # WORDS
	case $1 in
	*"No space left"* | *uota\ exceeded*) refuse no_space "$1" ;;
	*) refuse not_revertable "$1" ;;
	esac
}

# Gathers what is put: $puts has `COMPONENT TAB TARGET` lines. From here $dir is the folder that is staged in.
gather_load() { # COMPONENT NOW TO OVER SNAPSHOT
	[ "$5" = - ] || gather_snapshot "$1" "$5"
}

gather_file() { # MODE OWNER GROUP TARGET
	[ -f "$dir/new$4" ] || fail "the upload was cut short: $4 is missing"
	puts=$puts$component$tab$4$nl
	look_up "$4" "$2"
	[ "$me" -eq 0 ] || return 0
	[ "$2:$3" = root:root ] || trouble=$(chown -- "$2:$3" "$dir/new$4" 2>&1 && chmod -- "$1" "$dir/new$4" 2>&1) ||
		refuse invalid "$trouble"
}

# The files that another transaction found: copies, so that whoever edits them in place does not edit the snapshot.
gather_snapshot() { # COMPONENT TRANSACTION
	[ -e "tx/confirmed/$2/from/$1" ] || refuse not_revertable "no snapshot of $2"
	while IFS=$tab read -r _ owner _ old target; do
		[ "$owner" = "$1" ] || continue
		place "tx/confirmed/$2" "$old"
		[ -e "$place" ] || [ -L "$place" ] || continue
		trouble=$(mkdir -p "$dir/new${target%/*}" 2>&1 && cp -pP -- "$place" "$dir/new$target" 2>&1) || give_up "$trouble"
		puts=$puts$1$tab$target$nl
		look_up "$target" root
	done <"tx/confirmed/$2/moves"
}

# Gathers what is taken away: what the component had and has no more, and strangers in the folders it owns.
cut_load() { # COMPONENT ...
	find_had "$1"
	[ -n "$had" ] || return 0
	while read -r kind _ _ _ _ path; do
		case $kind in
		file | link) cut "$path" ;;
		esac
	done <"$had"
}

cut_strangers() { # FOLDER
	[ -d "$root$1" ] || return 0
	left=$(find "$root$1" ! -type d)$nl
	while [ -n "${left#"$nl"}" ]; do
		path=${left%%"$nl"*} left=${left#*"$nl"}
		case $path in
		*[![:print:]]*) refuse not_revertable "a file in $1 has a name with control characters" ;;
		esac
		cut "${path#"$root"}"
	done
}

cut() { # TARGET
	case $puts$cuts in
	*"$tab$1$nl"*) return 0 ;;
	esac
	cuts=$cuts$component$tab$1$nl
	look_up "$1" root
}

# Walks from the root to a target's folder: existing ones go to $parents with who may own them, others to $missing.
look_up() { # TARGET OWNER
	above='' rest=${1%/*} rest=${rest#/}
	while [ -n "$rest" ]; do
		above=$above/${rest%%/*}
		case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
		case $parents$missing in
		*"$nl$2$tab$above$nl"* | *"$nl$above$nl"*) continue ;;
		esac
		[ ! -L "$root$above" ] || refuse unsafe_parent "$above is a symbolic link"
		if [ -d "$root$above" ]; then
			parents=$parents$2$tab$above$nl
		elif [ -e "$root$above" ]; then
			refuse unsafe_parent "$above is no folder"
		else
			missing=$missing$above$nl
		fi
	done
}

# Whoever can write above a target can lead a rename elsewhere. One process for all parents; also finds out which lie
# on another file system than the state folder: $elsewhere.
check_parents() {
	set --
	left=${parents#"$nl"}
	while [ -n "$left" ]; do
		line=${left%%"$nl"*} left=${left#*"$nl"}
		set -- "$@" "$root${line#*"$tab"}"
	done
	facts=$(stat -c '%f %u %g %d' -- . "$@") || refuse unsafe_parent "a folder went away meanwhile"
	read -r mode uid gid home <<-FACTS
		$facts
	FACTS
	[ "$uid" -eq "$me" ] && [ $((0x$mode & 0x3f)) -eq 0 ] || refuse unsafe_parent "the state folder is open to others"
	left=${parents#"$nl"} elsewhere=$nl
	while [ -n "$left" ]; do
		line=${left%%"$nl"*} left=${left#*"$nl"} facts=${facts#*"$nl"}
		check_parent "${line%%"$tab"*}" "${line#*"$tab"}" "${facts%%"$nl"*}"
	done
}

check_parent() { # OWNER FOLDER FACTS
	folder=$2
	read_uid "$1"
	# shellcheck disable=SC2086 # four fields of stat
	set -- $3
	[ "$2" -eq 0 ] || [ "$2" -eq "$me" ] || [ "$2" -eq "$owner" ] || refuse unsafe_parent "$folder belongs to user $2"
	writable=$((0x$1 & 0x12))
	# A group of one: many systems give every user an own group of the same number.
	[ "$me" -eq 0 ] || [ "$2" -ne "$3" ] || writable=$((writable & 0x2))
	[ "$writable" -eq 0 ] || refuse unsafe_parent "others may write in $folder"
	[ "$4" = "$home" ] || elsewhere=$elsewhere$folder$nl
}

# $owner: a user's number. Without root nobody is made the owner, and the user stands for everybody.
read_uid() { # NAME
	owner=$me
	[ "$me" -eq 0 ] && [ "$1" != root ] || return 0
	owner=$(id -u -- "$1" 2>/dev/null) || refuse invalid "there is no user $1 on the device"
}

# $me: the user that this runs as.
read_me() {
	while read -r key me _; do
		[ "$key" != Uid: ] || return 0
	done </proc/self/status
}

# Writes moves and records, after one survey of everything, and keeps what is there.
record_all() {
	set --
	left=$puts
	while [ -n "$left" ]; do
		target=${left%%"$nl"*} target=${target#*"$tab"} left=${left#*"$nl"}
		set -- "$@" "$root$target" "$dir/new$target"
	done
	left=$cuts
	while [ -n "$left" ]; do
		target=${left%%"$nl"*} target=${target#*"$tab"} left=${left#*"$nl"}
		set -- "$@" "$root$target"
	done
	survey "$@"
	number=0
	record_moves put "$puts"
	record_moves cut "$cuts"
}

record_moves() { # KIND LINES
	moves_left=$2
	while [ -n "$moves_left" ]; do
		target=${moves_left%%"$nl"*} moves_left=${moves_left#*"$nl"}
		component=${target%%"$tab"*} target=${target#*"$tab"} number=$((number + 1))
		record_move "$1"
	done
}

# One file: a line in both records, a line of moves, and the bytes that are there now. $component $target $number.
record_move() { # KIND
	lies=$(line_of "$disk" "$target") || fail "no survey of $target"
	case $lies in
	else\ *) refuse not_revertable "$target is no file" ;;
	none\ *) was=new ;;
	*) was=there ;;
	esac
	printf '%s\n' "$lies" >>"$dir/from/$component"
	new=new$target old=old/$number
	settle_place
	if [ "$1" = put ]; then
		line_of "$fresh" "$target" >>"$dir/to/$component"
		[ "$was" = new ] || keep "$root$target" "$old"
	else
		printf '%s\n' "none - - - - $target" >>"$dir/to/$component"
	fi
	printf '%s\t%s\t%s\t%s\t%s\n' "$1-$was" "$component" "$new" "$old" "$target" >>"$dir/moves"
}
