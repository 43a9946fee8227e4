# Moves. ---------------------------------------------------------------------------------------------------------------

# One survey of everything that will change, and of what lies above: records, moves, and what is there now is kept.
record_all() {
	list_moved
	known=$listed
	read_now
	surveyed=$now
	list_what_changes
	check_parents
	there=yes
	visit "$dir/manifest" load=compare_load
	[ -z "$there" ] || refuse already "it runs all of it"
	number=0 came_upon='' unrecorded=' '
	visit "$dir/manifest" load=record_load own=record_own
	record_moves put "$puts"
	record_moves cut "$cuts"
	printf '%s' "${missing#"$nl"}" >"$dir/made" || no_room
}

list_what_changes() {
	set -- .
	left=$parents
	while left=${left#"$nl"} && [ -n "$left" ]; do
		line=${left%%"$nl"*} left=$nl${left#*"$nl"}
		set -- "$@" "$root${line#*"$tab"}/"
	done
	set -- $# "$@"
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
	survey "$@" || refuse unsafe_parent "a folder went away meanwhile"
}

# Is the survey as good as one that would be made now? No transaction has moved since, and it is not older than what
# lies between any look and any rename.
is_fresh() {
	list_moved
	read_now
	[ "$listed" = "$known" ] && [ $((now - surveyed)) -le 100 ]
}

compare_load() { # COMPONENT NOW TO OVER SNAPSHOT
	read_former "$1"
	[ "$runs" = "$3" ] || there=
}

# $runs: what a component runs while nothing is open.
read_former() { # COMPONENT
	inside=$nl open=
	find_had "$1"
	[ -z "$had" ] || find_inside "$had"
	read_runs "$1"
}

# The component must run what the runner believes: else somebody else was here.
record_load() { # COMPONENT NOW TO OVER SNAPSHOT
	read_former "$1"
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

