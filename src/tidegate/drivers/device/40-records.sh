# Records and what the disk says. -------------------------------------------------------------------------------------

# $text: a record's lines, each between newlines. A shell reads byte by byte, and a record that is read is whole.
read_text() { # RECORD
	[ "$1" != "$text_of" ] || return 0
	text=$nl
	while IFS= read -r line; do
		text=$text$line$nl
	done <"$1"
	text_of=$1
}

# Looks at paths: two processes for all of them. Lines `KIND SHA256 MODE UID GID<tab>TARGET` go to $fresh for what is
# staged (a relative path), to $disk for all else. The first ones are folders; of them a line `MODE UID GID DEVICE` each
# goes to $above. $given: lines `SHA256<tab>PATH` of files whose sum is known.
survey() { # HOW_MANY_FOLDERS FOLDER... PATH...
	disk=$nl fresh=$nl above='' folders=$1 number=0
	shift
	for path; do
		shift
		number=$((number + 1))
		if [ "$number" -le "$folders" ]; then
			set -- "$@" "$path"
		elif [ -L "$path" ]; then
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
	facts=$(stat -c '%a %u %g %d' -- "$@")$nl || return 1
	while [ "$folders" -gt 0 ]; do
		above=$above${facts%%"$nl"*}$nl facts=${facts#*"$nl"} folders=$((folders - 1))
		shift
	done
	sum_files "$@"
	for path; do
		read_sum
		fact=${facts%%"$nl"*} facts=${facts#*"$nl"}
		surveyed "file $sum ${fact% *}" "$path"
	done
	given=$nl
}

# $sums: of files whose sum is not given.
sum_files() { # PATH...
	for path; do
		shift
		case $given in *"$tab$path$nl"*) ;; *) set -- "$@" "$path" ;; esac
	done
	[ $# -eq 0 ] || sums=$(sha256sum -- "$@")
}

# $sum: of the file $path, which is given, or the next in $sums.
read_sum() {
	case $given in
	*"$tab$path$nl"*) sum=${given%%"$tab$path$nl"*} sum=${sum##*"$nl"} ;;
	*)
		sum=${sums%%"$nl"*} sums=${sums#*"$nl"}
		sum=${sum#\\} sum=${sum%% *}
		;;
	esac
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
	components=$* inside=$nl asked=$nl$nl
	set --
	for component in $components; do
		find_records "$component"
		for record in $records; do
			read_text "$record"
			left=${text#"$nl"}
			while [ -n "$left" ]; do
				line=${left%%"$nl"*} left=${left#*"$nl"}
				case $line in *"$tab"*) path=${line#*"$tab"} ;; *) continue ;; esac
				case $asked in *"$nl$path$nl"*) continue ;; esac
				asked=$asked$path$nl
				set -- "$@" "$root$path"
			done
			find_inside "$record"
		done
	done
	survey 0 "$@"
}

# Adds to $inside whatever lies in the folders that a record owns.
find_inside() { # RECORD
	read_text "$1"
	left=$text
	while left=${left#*"$nl"} && [ -n "$left" ]; do
		line=${left%%"$nl"*}
		case $line in
		own\ *) [ ! -d "$root${line#own }" ] || inside=$inside$(find "$root${line#own }" ! -type d)$nl ;;
		esac
	done
}

# Is the disk as a record says? In one that was confirmed, what is absent no longer counts: others may have put it there.
matches() { # RECORD
	read_text "$1"
	lines=$text
	while lines=${lines#*"$nl"} && [ -n "$lines" ]; do
		line=${lines%%"$nl"*}
		case $line in
		digest\ *) ;;
		own\ *) owns_all "${line#own }" || return 1 ;;
		none\ *) case $1 in tx/confirmed/* | have/*) ;; *) on_disk "$line" || return 1 ;; esac ;;
		*) on_disk "$line" || return 1 ;;
		esac
	done
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
