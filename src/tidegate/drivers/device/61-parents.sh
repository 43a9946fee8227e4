# Parents. -------------------------------------------------------------------------------------------------------------

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

# Whoever can write above a target can lead a rename elsewhere. $above says of the state folder and of all $parents whose
# they are. It also finds out which lie on another file system than the state folder: $elsewhere, and which have an owner
# or a mode that is $odd.
check_parents() {
	# shellcheck disable=SC2086 # four fields of stat
	set -- ${above%%"$nl"*}
	[ "$2" -eq "$me" ] && [ $((0$1 & 077)) -eq 0 ] || refuse unsafe_parent "others may read the state folder"
	home=$4 elsewhere=$nl odd='' left=$parents
	while left=${left#"$nl"} && [ -n "$left" ]; do
		line=${left%%"$nl"*} left=$nl${left#*"$nl"} above=${above#*"$nl"}
		check_parent "${line%%"$tab"*}" "${line#*"$tab"}" "${above%%"$nl"*}"
	done
}

check_parent() { # OWNER FOLDER FACTS
	folder=$2
	read_uid "$1"
	# shellcheck disable=SC2086 # four fields of stat
	set -- $3
	[ "$4" = "$home" ] || elsewhere=$elsewhere$folder$nl
	[ "$1 $2 $3" = "755 0 0" ] || odd="$odd$1 $2 $3$folder$nl"
	[ -n "$folder" ] || return 0 # the root itself is not ours to judge
	[ "$2" -eq 0 ] || [ "$2" -eq "$me" ] || [ "$2" -eq "$uid" ] || refuse unsafe_parent "$folder belongs to user $2"
	writable=$((0$1 & 022))
	# A group of one person: many systems give every user a group of the same number.
	[ "$me" -eq 0 ] || [ "$2" -ne "$3" ] || writable=$((writable & 02))
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

