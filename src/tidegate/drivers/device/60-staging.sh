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
	purge_programs
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
