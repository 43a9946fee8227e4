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

# What a subshell changes is for the process it starts, and meant to be lost:
# shellcheck disable=SC2030,SC2031
# `a && b || refuse` where b cannot leave things half done:
# shellcheck disable=SC2015

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
set -u

# shellcheck disable=SC2016 # for the shell that is started to expand
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
	printf '' >"$1/$2"
}

# $value: of mark NAME in DIR, empty where there is none.
read_mark() { # DIR NAME
	value=
	for marked in "$1/$2".*; do
		[ ! -e "$marked" ] || value=${marked##*/"$2".}
	done
}

# $why: of a transaction. Several may have been given in turn: that it failed is never taken back.
read_why() { # DIR
	for why in failed back interrupted boot deadline sealed; do
		[ ! -e "$1/why.$why" ] || return 0
	done
	case $1 in
	tx/reverted/*) why=sealed ;; # all that went back was marked before it did
	*) why=- ;;
	esac
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

# Records and what the disk says. -------------------------------------------------------------------------------------

# $text: a file's lines, each between newlines.
read_text() { # FILE
	text=$nl
	while IFS= read -r line; do
		text=$text$line$nl
	done <"$1"
}

# Looks at paths: two processes for all of them. Lines `KIND SHA256 MODE UID GID<tab>TARGET` go to $fresh for what is
# staged (a relative path), to $disk for all else.
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
	/*) disk=$disk$1$tab${2#"$root"}$nl ;;
	*) fresh=$fresh$1$tab${2#"$dir/new"}$nl ;;
	esac
}

# $had: the record of what a component was last confirmed with.
find_had() { # COMPONENT
	had='' order=0
	for found in "tx/confirmed/"*"/to/$1"; do
		[ -e "$found" ] || continue
		read_mark "${found%/to/*}" order
		[ "${value:-0}" -lt "$order" ] || had=$found order=$value
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
			while IFS=$tab read -r facts path; do
				[ -z "$path" ] || set -- "$@" "$root$path"
			done <"$record"
			find_inside "$record"
		done
	done
	survey "$@"
}

# Adds to $inside whatever lies in the folders that a record owns.
find_inside() { # RECORD
	while IFS= read -r line; do
		case $line in
		own\ *) [ ! -d "$root${line#own }" ] || inside=$inside$(find "$root${line#own }" ! -type d)$nl ;;
		esac
	done <"$1"
}

# Is the disk as a record says? In one that was confirmed, what is absent no longer counts: others may have put it there.
matches() { # RECORD
	read_text "$1"
	while IFS= read -r line; do
		case $line in
		digest\ *) ;;
		own\ *) owns_all "${line#own }" || return 1 ;;
		none\ *) case $1 in tx/confirmed/* | have/*) ;; *) on_disk "$line" || return 1 ;; esac ;;
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
		"$root$1"*) case $text in *"$tab${path#"$root"}$nl"*) ;; *) return 1 ;; esac ;;
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
		umask 022
		limit=$2 command=$3
		shift 3
		set -- env -i PATH="$PATH" LC_ALL=C TIDEGATE_ROOT="$root" "$@" sh -eu -c "$command"
		[ "$limit" = - ] || set -- timeout -k 5 "$limit" "$@"
		cd "${root:-/}" && exec "$@"
	)
}

# Staging. ------------------------------------------------------------------------------------------------------------

# Why a step of staging broke off.
give_up() { # WORDS
	case $1 in
	*"No space left"* | *uota\ exceeded* | *"Wrote only"* | *"short write"*) refuse no_space "$1" ;;
	*) refuse not_revertable "$1" ;;
	esac
}

# Where a transaction keeps a file: beside the target where that lies on another file system, else in its own folder.
find_place() { # DIR PATH
	case $2 in
	/*) place=$root$2 ;;
	*) place=$1/$2 ;;
	esac
}

there() { # PATH
	[ -e "$1" ] || [ -L "$1" ]
}

# Unpacks what was sent. An upload that was cut short lacks a file, and `gather_file` says so.
receive() {
	[ ! -e "$dir" ] || drop "$dir" # of a process that had our number
	trouble=$(mkdir -p "$dir/new" "$dir/old" "$dir/to" "$dir/from" 2>&1 && tar -xpof - -C "$dir" 2>&1) ||
		give_up "$trouble"
	[ -f "$dir/manifest" ] || fail "the upload was cut short: there is no manifest"
	for name in deadline timer unit; do
		note "$dir/$name" - || no_room
	done
}

# What is put: a line `COMPONENT<tab>TARGET` of $puts each.
gather_load() { # COMPONENT NOW TO OVER SNAPSHOT
	[ "$5" = - ] || gather_snapshot "$1" "$5"
}

gather_file() { # MODE OWNER GROUP TARGET
	[ -f "$dir/new$4" ] || fail "the upload was cut short: $4 is missing"
	puts=$puts$component$tab$4$nl
	look_up "$4" "$2"
	[ "$me" -eq 0 ] && [ "$2:$3" != root:root ] || return 0
	trouble=$(chown -- "$2:$3" "$dir/new$4" 2>&1 && chmod -- "$1" "$dir/new$4" 2>&1) || refuse invalid "$trouble"
}

# The files that another transaction found. Copies, so that who edits them in place does not edit the snapshot.
gather_snapshot() { # COMPONENT TRANSACTION
	[ -e "tx/confirmed/$2/from/$1" ] || refuse not_revertable "no snapshot of $2"
	while IFS=$tab read -r kind owner _ old target; do
		[ "$owner" = "$1" ] || continue
		case $kind in *-new) continue ;; esac
		find_place "tx/confirmed/$2" "$old"
		trouble=$(mkdir -p "$dir/new${target%/*}" 2>&1 && cp -pP -- "$place" "$dir/new$target" 2>&1) ||
			give_up "$trouble"
		puts=$puts$1$tab$target$nl
		look_up "$target" root
	done <"tx/confirmed/$2/moves"
}

# What is taken away: what the component had and has no more, and strangers in the folders it owns.
cut_load() { # COMPONENT ...
	find_had "$1"
	[ -n "$had" ] || return 0
	while IFS=$tab read -r facts path; do
		case $facts in
		"digest none") return 0 ;; # files as somebody else left them are not ours to take away
		file\ * | link\ *) cut "$path" ;;
		esac
	done <"$had"
}

cut_strangers() { # FOLDER
	[ -d "$root$1" ] || return 0
	strangers=$(find "$root$1" ! -type d)$nl
	while [ -n "${strangers#"$nl"}" ]; do
		path=${strangers%%"$nl"*} strangers=${strangers#*"$nl"}
		case $path in
		*[[:cntrl:]]*) refuse not_revertable "a file in $1 has a control character in its name" ;;
		"$root$1"*) cut "${path#"$root"}" ;;
		*) refuse not_revertable "a file in $1 has a line break in its name" ;;
		esac
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
	above='' rest=${1%/*}/
	rest=${rest#/}
	while [ -n "$rest" ]; do
		above=$above/${rest%%/*} rest=${rest#*/}
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

# Whoever can write above a target can lead a rename elsewhere. One process for all of $parents; it also finds out which
# lie on another file system than the state folder: $elsewhere.
check_parents() {
	set --
	left=$parents
	while left=${left#"$nl"} && [ -n "$left" ]; do
		line=${left%%"$nl"*} left=$nl${left#*"$nl"}
		set -- "$@" "$root${line#*"$tab"}/"
	done
	all=$(stat -c '%f %u %g %d' -- . "$@")$nl || refuse unsafe_parent "a folder went away meanwhile"
	# shellcheck disable=SC2086 # four fields of stat
	set -- ${all%%"$nl"*}
	[ "$2" -eq "$me" ] && [ $((0x$1 & 0x3f)) -eq 0 ] || refuse unsafe_parent "others may read the state folder"
	home=$4 elsewhere=$nl left=$parents
	while left=${left#"$nl"} && [ -n "$left" ]; do
		line=${left%%"$nl"*} left=$nl${left#*"$nl"} all=${all#*"$nl"}
		check_parent "${line%%"$tab"*}" "${line#*"$tab"}" "${all%%"$nl"*}"
	done
}

check_parent() { # OWNER FOLDER FACTS
	folder=$2
	read_uid "$1"
	# shellcheck disable=SC2086 # four fields of stat
	set -- $3
	[ "$4" = "$home" ] || elsewhere=$elsewhere$folder$nl
	[ -n "$folder" ] || return 0 # the root itself is not ours to judge
	[ "$2" -eq 0 ] || [ "$2" -eq "$me" ] || [ "$2" -eq "$uid" ] || refuse unsafe_parent "$folder belongs to user $2"
	writable=$((0x$1 & 0x12))
	# A group of one person: many systems give every user a group of the same number.
	[ "$me" -eq 0 ] || [ "$2" -ne "$3" ] || writable=$((writable & 0x2))
	[ "$writable" -eq 0 ] || refuse unsafe_parent "others may write in $folder"
}

# $uid: a user's number. Without root nobody is made the owner, and the user stands for everybody.
read_uid() { # NAME
	uid=$me
	[ "$me" -eq 0 ] && [ "$1" != root ] || return 0
	uid=$(id -u -- "$1" 2>/dev/null) || refuse invalid "there is no user $1 on the device"
}

# $me: the user this runs as.
read_me() {
	while read -r key me _; do
		[ "$key" != Uid: ] || return 0
	done </proc/self/status
}

# One survey of everything that will change: records, moves, and what is there now is kept.
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
	number=0 came_upon='' unrecorded=' '
	visit "$dir/manifest" load=record_load own=record_own
	record_moves put "$puts"
	record_moves cut "$cuts"
	printf '%s' "${missing#"$nl"}" >"$dir/made" || no_room
}

# The component must run what the runner believes: else somebody else was here.
record_load() { # COMPONENT NOW TO OVER SNAPSHOT
	inside=$nl open=
	find_had "$1"
	[ -z "$had" ] || find_inside "$had"
	read_runs "$1"
	[ "$2" = none ] || [ "$2" = "$runs" ] || [ "$4" = yes ] || refuse drifted "$1: $runs"
	[ "$runs" != none ] || unrecorded="$unrecorded$1 "
	printf 'digest %s\n' "$runs" >"$dir/from/$1" && printf 'digest %s\n' "$3" >"$dir/to/$1" || no_room
}

record_own() { # FOLDER
	printf 'own %s\n' "$1" >>"$dir/to/$component" || no_room
}

record_moves() { # KIND LINES
	lines=$2
	while [ -n "$lines" ]; do
		target=${lines%%"$nl"*} lines=${lines#*"$nl"}
		component=${target%%"$tab"*} target=${target#*"$tab"} number=$((number + 1))
		record_move "$1"
	done
}

# One file: $component $target $number.
record_move() { # KIND
	find_line "$disk" "$target"
	case $line in
	else\ *) refuse not_revertable "$target is there, and no file" ;;
	none\ *) was=new ;;
	*) was=there ;;
	esac
	[ "$was" = new ] || came_upon_it
	printf '%s\n' "$line" >>"$dir/from/$component" || no_room
	choose_places "$1"
	find_line "$fresh" "$target"
	[ "$1" = put ] || line="none - - - -$tab$target"
	printf '%s\n' "$line" >>"$dir/to/$component" || no_room
	printf '%s\t%s\t%s\t%s\t%s\n' "$1-$was" "$component" "$new" "$old" "$target" >>"$dir/moves" || no_room
	[ "$1-$was" != put-there ] || keep "$root$target" "$old"
}

# $line: a target's, of a survey.
find_line() { # SURVEY TARGET
	line=${1%%"$tab$2$nl"*}
	line=${line##*"$nl"}$tab$2
}

# $came_upon: components whose files were there before anything was recorded.
came_upon_it() {
	case $unrecorded in *" $component "*) ;; *) return 0 ;; esac
	case "$came_upon " in *" $component "*) ;; *) came_upon="$came_upon $component" ;; esac
}

# $new and $old: where the bytes wait. A rename works within one file system only.
choose_places() { # KIND
	new=new$target old=old/$number base=${target%/*}
	while [ ! -d "$root$base/" ]; do base=${base%/*}; done
	case $elsewhere in *"$nl$base$nl"*) ;; *) return 0 ;; esac
	beside=$base/.tidegate/${dir##*/} new=$beside/$number.new old=$beside/$number.old
	printf '%s\n' "$beside" >>"$dir/beside" || no_room
	trouble=$(mkdir -p "$root$beside" 2>&1) || give_up "$trouble"
	[ "$1" = put ] || return 0
	trouble=$(cp -pP -- "$dir/new$target" "$root$new" 2>&1) || give_up "$trouble"
}

# What is there now stays: the same inode, or a copy where there can be no link.
keep() { # PATH OLD
	find_place "$dir" "$2"
	ln -- "$1" "$place" 2>/dev/null || trouble=$(cp -pP -- "$1" "$place" 2>&1) || give_up "$trouble"
}

run_validate() { # COMMAND NAME=VALUE...
	run_command "$dir/output" "$limit" "$@" TIDEGATE_STAGED="$PWD/$dir/new" || refuse_invalid $?
}

refuse_invalid() { # CODE
	say refused invalid
	[ -s "$dir/output" ] || printf '%s ended with %s' "$component: its validation" "$1" >"$dir/output"
	say_output "$dir/output"
	finish 1
}

no_other_open() {
	find_open
	[ -n "$open" ] && [ "$open" != "$id" ] || return 0
	[ ! -e "tx/$open_at/$open/stuck" ] || refuse quarantined "$open"
	refuse foreign_transaction "$open"
}

# Lets go of what nobody will ask for. Two confirmed snapshots stay; so does what was reverted, for a month at least,
# for a late push of a sealed transaction must find the seal.
purge() {
	for stale in tx/staged/*; do
		[ ! -d "$stale" ] || drop "$stale"
	done
	for stale in tx/incoming/*; do
		[ ! -d "$stale" ] || [ "$stale" = "$incoming" ] || [ -d "/proc/${stale##*.}" ] || drop "$stale"
	done
	for stale in tx/reverted/*/manifest; do
		[ ! -e "$stale" ] || empty "${stale%/manifest}"
	done
	set -- tx/reverted/*
	[ $# -le 100 ] || find tx/reverted -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
	purge_confirmed
}

purge_confirmed() {
	set -- tx/confirmed/*
	while [ $# -gt 2 ]; do
		oldest='' order=
		for found; do
			read_mark "$found" order
			[ -n "$order" ] && [ "$value" -gt "$order" ] || oldest=$found order=$value
		done
		for record in "$oldest"/to/*; do
			[ ! -e "$record" ] || mv -fT "$record" "have/${record##*/}" || fail "a record cannot be kept"
		done
		drop "$oldest"
		set -- tx/confirmed/*
	done
}

drop() { # DIR
	drop_beside "$1"
	rm -rf -- "$1"
}

# Leaves of a transaction that is over only what says so.
empty() { # DIR
	drop_beside "$1"
	rm -rf -- "$1/new" "$1/old" "$1/to" "$1/from" "$1/moves" "$1/made" "$1/beside" "$1/output" "$1/manifest"
}

drop_beside() { # DIR
	[ -e "$1/beside" ] || return 0
	while IFS= read -r folder; do
		rm -rf -- "$root$folder"
		rmdir -- "$root${folder%/*}" 2>/dev/null # others may still be in it
	done <"$1/beside"
}

# Switching. ----------------------------------------------------------------------------------------------------------

# Starts what outlives this session, in a session of its own: $launched.
# shellcheck disable=SC2154 # the starter sets $program
launch() { # VERBS
	setsid sh -c "$starter" "tidegate: $1 $id" "$program" "$1" - "$root" "$device" "$scope" "$token" "$id" "$limit" \
		</dev/null >/dev/null 2>&1 8>&- 9>&- &
	launched=$!
}

# Who launched it waits for it; anybody else for the lock that it holds.
await_work() {
	if [ -n "$launched" ]; then
		wait "$launched"
	else
		exec 8>>work
		flock 8
		exec 8>&-
	fi
}

# Starts a timer and notes it. It has begun, with its own number, before this returns.
start_timer() { # SECONDS
	read_now
	wakes=$((now + $1 * 100))
	# shellcheck disable=SC2016 # for the timer to expand
	timer=$(
		setsid sh -c 'echo "$$"; exec >/dev/null; sleep "$1"; shift; '"$starter" "tidegate: timer of $id" "$1" \
			"$program" at_deadline - "$root" "$device" "$scope" "$token" "$id" "$limit" </dev/null 2>/dev/null 8>&- 9>&- &
	)
	[ -n "$timer" ] || return 1
	read_birth "$timer"
	[ -n "$birth" ] || return 1
	note "$dir/timer" "$timer $birth $wakes"
}

stop_timer() { # DIR
	read_timer "$1"
	[ "$timer_pid" = $$ ] || ! lives "$timer_pid" "$timer_birth" || kill -9 "-$timer_pid"
}

# From staged to armed. The timer first: the other way round a session that breaks leaves it armed without one.
arm() { # SECONDS
	find_open
	[ -z "$open" ] || refuse not_armed "$open is open"
	runs_snapshot || refuse not_armed "something else runs than when it was staged"
	find_newest
	mark "$dir" "order.$((order + 1))" || no_room
	read -r boot </proc/sys/kernel/random/boot_id
	read_now
	note "$dir/deadline" "$((now + $1 * 100)) $boot"
	start_timer "$1" || refuse not_armed "no timer could be started"
	step "$id" staged armed
	sync_staged
}

# Everything a switch or a way back will need is on the disk before the first file is touched.
sync_staged() {
	set -- "$dir" "$dir/to" "$dir/from" "$dir/old" "$dir"/* tx/armed tx/staged
	while IFS=$tab read -r kind _ new _ _; do
		find_place "$dir" "$new"
		case $kind in put-*) set -- "$@" "$place" ;; esac
	done <"$dir/moves"
	sync "$@" || fail "the staged files cannot be written to the disk"
}

# Does all that was surveyed at stage still lie there as it was?
runs_snapshot() {
	survey_moves
	inside=$nl
	for record in "$dir"/from/*; do
		matches "$record" || return 1
	done
}

survey_moves() {
	set --
	while IFS=$tab read -r _ _ _ _ target; do
		set -- "$@" "$root$target"
	done <"$dir/moves"
	survey "$@"
}

# The unit: switches and activates, once. It ends even if whoever asked is gone; its exit code is a mark.
switch_and_activate() { # checked|unchecked
	exec 8>>work
	flock 8
	lock
	read_highest
	find_transaction "$id"
	[ "$at" = armed ] && [ "$token" -ge "$highest" ] || exit
	read_unit "$dir"
	[ "$unit_kind" = - ] || exit
	read_birth $$
	note "$dir/unit" "apply $$ $birth"
	unlock
	code=0
	[ "$1" = checked ] || runs_snapshot || came_late
	[ "$code" -ne 0 ] || make_folders
	visit "$dir/manifest" load=switch activate=run_activate
	mark "$dir" "exit.$code"
}

came_late() {
	printf 'something else runs than when it was staged' >"$dir/output"
	code=1
}

make_folders() {
	while IFS= read -r folder; do
		[ -d "$root$folder" ] || mkdir -m 755 "$root$folder" 2>>"$dir/output" || code=1
	done <"$dir/made"
}

switch() { # COMPONENT ...
	[ "$code" -eq 0 ] || return 0
	while IFS=$tab read -r kind owner new old target; do
		[ "$owner" = "$1" ] || continue
		switch_file 2>>"$dir/output" || code=1
	done <"$dir/moves"
}

switch_file() {
	case $kind in
	put-*) find_place "$dir" "$new" && mv -fT "$place" "$root$target" ;;
	cut-there) find_place "$dir" "$old" && mv -fT "$root$target" "$place" ;;
	esac
}

run_activate() { # COMMAND NAME=VALUE...
	[ "$code" -eq 0 ] || return 0
	mark "$dir" "began.$component"
	run_command "$dir/output" - "$@" || code=$?
}

# Going back. ---------------------------------------------------------------------------------------------------------

# What should go on by itself goes on, also where the process that was to see to it is gone. Under `lock`.
settle() {
	[ "$token" -ne 0 ] || return 0
	find_open
	case $open_at in
	armed) settle_armed "tx/armed/$open" ;;
	reverting) settle_reverting "tx/reverting/$open" ;;
	esac
}

settle_armed() { # DIR
	read -r deadline armed_in <"$1/deadline"
	read -r boot </proc/sys/kernel/random/boot_id
	read_now
	read_timer "$1"
	if [ "$armed_in" != "$boot" ]; then
		turn_back "$open" boot
	elif [ "$now" -ge "$deadline" ]; then
		turn_back "$open" deadline
	elif ! lives "$timer_pid" "$timer_birth"; then
		(id=$open dir=$1 && start_timer $(((deadline - now + 99) / 100)))
	fi
}

settle_reverting() { # DIR
	[ ! -e "$1/stuck" ] || return 0
	read_unit "$1"
	[ "$unit_kind" = revert ] && lives "$unit_pid" "$unit_birth" || (id=$open && launch go_back)
}

turn_back() { # ID WHY
	mark "tx/armed/$1" "why.$2"
	step "$1" armed reverting
	(id=$1 && launch go_back)
}

# What a timer does when it wakes. Under `lock` it compares and renames; a deadline that moved lets it sleep on.
at_deadline() {
	while :; do
		lock
		find_transaction "$id"
		case $at in
		armed) ;;
		reverting)
			[ ! -e "$dir/stuck" ] || exit
			break
			;;
		*) exit ;;
		esac
		read_timer "$dir"
		[ "$timer_pid" = $$ ] || exit # another one has taken over
		read -r deadline _ <"$dir/deadline"
		read_now
		if [ "$now" -ge "$deadline" ]; then
			mark "$dir" why.deadline
			step "$id" armed reverting
			break
		fi
		note "$dir/timer" "$$ $timer_birth $deadline"
		unlock
		sleep $(((deadline - now + 99) / 100))
	done
	unlock
	go_back
}

# Stops the apply, restores, activates again, reads back. A daemon that still runs the new configuration has not gone
# back, and what fails here stays where it is until a person comes.
go_back() {
	stop_apply
	exec 8>>work
	flock 8
	lock
	find_transaction "$id"
	[ "$at" = reverting ] || exit
	read_birth $$
	note "$dir/unit" "revert $$ $birth"
	rm -f "$dir/stuck"
	unlock
	code=0
	choose_output
	restore_files 2>>"$output" || code=1
	[ "$code" -ne 0 ] || visit "$dir/manifest" load=: activate=run_activate_again
	[ "$code" -ne 0 ] || runs_snapshot || code=1
	lock
	if [ "$code" -eq 0 ]; then
		step "$id" reverting reverted
		sync tx/reverted tx/reverting
	else
		mark "$dir" stuck
	fi
	stop_timer "$dir"
	unlock
	[ "$code" -ne 0 ] || empty "$dir"
}

# $output: where commands write on the way back. On a full disk nowhere, for a command that cannot write fails.
choose_output() {
	output=$dir/output
	printf '%4096s' '' >"$output" 2>/dev/null && printf '' >"$output" || output=/dev/null
}

# Kills the apply unit and all that it started and still holds. One that ended has left daemons behind: they stay.
stop_apply() {
	lock
	find_transaction "$id"
	[ "$at" = reverting ] || exit
	read_unit "$dir"
	unlock
	[ "$unit_kind" = apply ] && lives "$unit_pid" "$unit_birth" && kill -9 "-$unit_pid"
}

# Renames only; each can be said again. What still waits in new/ was never switched.
restore_files() {
	restored=0
	while IFS=$tab read -r kind _ new old target; do
		find_place "$dir" "$new"
		case $kind in put-*) ! there "$place" || continue ;; esac
		find_place "$dir" "$old"
		case $kind in
		put-new) rm -f -- "$root$target" || restored=1 ;;
		*-there) ! there "$place" || mv -fT "$place" "$root$target" || restored=1 ;;
		esac
	done <"$dir/moves"
	unmake_folders
	return $restored
}

# Folders that were made go again, the innermost first, unless somebody else has put something there.
unmake_folders() {
	set --
	while IFS= read -r folder; do
		set -- "$root$folder" "$@"
	done <"$dir/made"
	[ $# -eq 0 ] || rmdir -- "$@" 2>/dev/null || :
}

run_activate_again() { # COMMAND NAME=VALUE...
	[ "$code" -eq 0 ] && [ -e "$dir/began.$component" ] || return 0
	run_command "$output" "$limit" "$@" || code=$?
}

# Reports. ------------------------------------------------------------------------------------------------------------

report() { # COMPONENT...
	find_open
	read -r boot </proc/sys/kernel/random/boot_id
	# shellcheck disable=SC2046 # two numbers
	set -- $(stat -f -c '%a %S' .) "$@"
	say highest "$highest"
	say boot "$boot"
	say free $(($1 * $2 / 1024))
	shift 2
	running=ended
	for at in staged armed confirmed reverting; do
		for dir in "tx/$at"/*; do
			[ ! -d "$dir" ] || report_transaction
		done
	done
	for dir in "tx/reverted/${id%.*}".*; do # old ones of others would make a long answer
		at=reverted
		[ ! -d "$dir" ] || report_transaction
	done
	[ -z "$open" ] || report_open
	say unit $running
	survey_components "$@"
	for component; do
		read_runs "$component"
		say runs "$component" "$runs"
	done
}

report_open() {
	read -r deadline _ <"tx/$open_at/$open/deadline"
	read_now
	say open "$open" "$open_at" $(((deadline - now) / 100))
}

report_transaction() {
	read_why "$dir"
	read_mark "$dir" exit
	stuck=-
	[ ! -e "$dir/stuck" ] || stuck=stuck
	say tx "${dir##*/}" "$at" "$why" "${value:--}" $stuck
	[ "${dir##*/}" = "$open" ] || return 0
	read_unit "$dir"
	[ "$unit_kind" != apply ] || [ -n "$value" ] || ! lives "$unit_pid" "$unit_birth" || running=running
}

# Verbs. --------------------------------------------------------------------------------------------------------------

inspect() { # COMPONENT...
	say verb inspect
	lock
	fence looks
	settle
	report "$@"
	unlock
}

# All that can fail early. It works in a folder of its own, without the lock, and one rename makes it `staged`.
stage() {
	say verb stage
	lock
	fence acts
	settle
	if was_staged; then return; fi
	unlock
	read_me
	incoming=tx/incoming/$id.$$ dir=$incoming
	receive
	puts='' cuts='' missing=$nl parents=${nl}root$tab$nl
	visit "$dir/manifest" load=gather_load file=gather_file
	visit "$dir/manifest" load=cut_load own=cut_strangers
	check_parents
	record_all
	visit "$dir/manifest" validate=run_validate
	lock
	fence acts
	if was_staged; then return; fi
	purge
	mv -T "$incoming" "tx/staged/$id" || fail "$id cannot become staged"
	incoming=
	unlock
	# shellcheck disable=SC2086 # names of components
	say staged $came_upon
}

# Says so if it is armed already, and refuses if it is over or another one is open.
was_staged() {
	find_transaction "$id"
	case $at in
	armed | confirmed)
		unlock
		[ -z "$incoming" ] || drop "$incoming"
		incoming=
		say staged
		return 0
		;;
	reverting | reverted) refuse not_armed "$id is over: it is $at" ;;
	esac
	no_other_open
	return 1
}

apply() { # SECONDS
	say verb apply
	lock
	fence acts
	settle
	find_transaction "$id"
	launched='' checked=unchecked
	case $at in
	staged) arm "$1" && checked=checked ;;
	armed | confirmed) ;;
	'') refuse not_armed "it is not staged here" ;;
	*) refuse not_armed "it is $at" ;;
	esac
	read_unit "$dir"
	read_mark "$dir" exit
	if [ -n "$value" ]; then
		:
	elif [ "$unit_kind" = - ]; then
		launch "switch_and_activate $checked"
	fi
	unlock
	[ -n "$value" ] || await_work
	say_ended
}

# Nobody holds `work` any more. A unit that left no exit code was killed half-way.
say_ended() {
	lock
	find_transaction "$id"
	read_unit "$dir"
	read_mark "$dir" exit
	[ "$at$unit_kind$value" != armedapply ] || value=137
	[ -z "$value" ] || mark "$dir" "exit.$value"
	unlock
	case $value in
	'') say stopped && finish 2 ;; # it went back meanwhile, or a newer runner has come
	0) say ended 0 ;;
	*)
		say ended "$value"
		say_output "$dir/output"
		finish 0
		;;
	esac
}

heartbeat() { # SECONDS
	say verb heartbeat
	lock
	fence acts
	settle
	find_transaction "$id"
	if [ "$at" = armed ]; then
		read_now
		deadline=$((now + $1 * 100))
		read_timer "$dir"
		if [ "$timer_wakes" -gt "$deadline" ]; then
			start_timer "$1" || fail "no timer could be started"
			! lives "$timer_pid" "$timer_birth" || kill -9 "-$timer_pid"
		fi
		read -r boot </proc/sys/kernel/random/boot_id
		note "$dir/deadline" "$deadline $boot"
	fi
	set --
	for record in "${dir:-.}"/to/*; do
		[ ! -e "$record" ] || set -- "$@" "${record##*/}"
	done
	report "$@"
	unlock
}

confirm() {
	say verb confirm
	lock
	fence acts
	settle
	find_transaction "$id"
	case $at in
	'' | staged) refuse not_armed "it is not armed here" ;;
	armed) [ ! -e "$dir/exit.0" ] || confirm_armed ;;
	esac
	unlock
	say placed "$at"
}

confirm_armed() {
	step "$id" armed confirmed
	set -- tx/confirmed tx/armed
	while IFS=$tab read -r _ _ _ _ target; do
		set -- "$@" "$root${target%/*}/"
	done <"$dir/moves"
	sync "$@"
	stop_timer "$dir"
}

revert() { # WHY
	say verb revert
	lock
	fence acts
	settle
	find_transaction "$id"
	launched=
	case $at in
	'' | staged) seal ;;
	reverted) [ "$1" != failed ] || [ ! -e "$dir/why.deadline" ] || mark "$dir" why.failed ;;
	confirmed) if stands; then revert_from confirmed "$1"; fi ;;
	armed) revert_from armed "$1" ;;
	reverting) revert_again "$1" ;;
	esac
	unlock
	[ "$at" != reverting ] || await_work
	say_placed
}

# Says for ever that a transaction is over, so that a push of it that comes late is refused.
seal() {
	if [ "$at" = staged ]; then
		mark "$dir" why.sealed
		step "$id" staged reverted
		empty "$dir"
	else
		mkdir -p "tx/reverted/$id" && mark "tx/reverted/$id" why.sealed || no_room
	fi
	at=reverted dir=tx/reverted/$id
	sync tx/reverted tx/staged
}

# May a confirmed transaction be taken back? The newest may, while what it put there still runs.
stands() {
	find_newest
	[ "$newest" = "$id" ] && [ -z "$open" ] || return 1
	survey_moves
	inside=$nl
	for record in "$dir"/to/*; do
		find_inside "$record"
		matches "$record" || return 1
	done
}

revert_from() { # STATE WHY
	mark "$dir" "why.$2"
	step "$id" "$1" reverting
	sync tx/reverting "tx/$1"
	launch go_back
}

revert_again() { # WHY
	[ "$1" != failed ] || mark "$dir" why.failed
	read_unit "$dir"
	[ "$unit_kind" = revert ] && lives "$unit_pid" "$unit_birth" || launch go_back
}

say_placed() {
	find_transaction "$id"
	read_why "$dir"
	case $at in
	reverted) if [ "$why" = sealed ]; then say placed reverted sealed; else say placed reverted; fi ;;
	confirmed) say placed confirmed superseded ;;
	*)
		say failed
		say_output "$dir/output"
		finish 2
		;;
	esac
}

# A person has looked: what could not go back is over.
forget() {
	say verb forget
	lock
	fence acts
	find_open
	if [ -n "$open" ] && [ -e "tx/$open_at/$open/stuck" ]; then
		rm -f "tx/$open_at/$open/stuck"
		step "$open" "$open_at" reverted
		empty "tx/reverted/$open"
	fi
	unlock
	say forgotten
}

# Runs a probe. The last bytes of its output and its exit code come through one pipe; no file, no lock.
probe() { # COMMAND SECONDS
	say verb probe
	fence glances
	encoded=$(
		{
			run_command /dev/stdout "$2" "$1" TIDEGATE_DEVICE="$device"
			printf '\n%03d' $?
		} | tail -c 504 | od -An -v -tx1 | tr -s ' \n' '%%'
	)
	encoded=${encoded%?}
	split "${encoded##*%0a%3}"
	say ended "$code"
	say text "${encoded%\%0a*}"
	[ "$code" = 000 ] || finish 0
}

# $code: of `0%30%37`, three digits in hex without the first one's `%3`.
split() { # DIGITS
	code=${1%%\%*} left=${1#*%3}
	code=$code${left%%\%*}${1##*%3}
}

# The beginning. ------------------------------------------------------------------------------------------------------

begin() { # NONCE ROOT DEVICE SCOPE TOKEN TRANSACTION LIMIT
	nonce=$1 root=$2 device=$3 scope=$4 token=$5 id=$6 limit=$7 incoming=
	for tool in flock setsid tar stat sha256sum sync timeout; do
		command -v $tool >/dev/null || refuse not_revertable "$tool is missing on the device"
	done
	[ -d "$root/var/lib/tidegate/tx/reverted" ] || make_state
	cd "$root/var/lib/tidegate" && [ -w . ] || refuse not_revertable "$root/var/lib/tidegate cannot be written"
}

make_state() {
	(umask 022 && mkdir -p "$root/var/lib") && mkdir -p "$root/var/lib/tidegate" &&
		cd "$root/var/lib/tidegate" && mkdir -p highest have tx/incoming &&
		mkdir -p tx/staged tx/armed tx/confirmed tx/reverting tx/reverted ||
		refuse not_revertable "$root/var/lib/tidegate cannot be made"
}

begin "$@"
# shellcheck disable=SC2154 # the starter sets $verbs
eval "$verbs"
