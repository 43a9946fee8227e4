# Validating. ----------------------------------------------------------------------------------------------------------
#
# On a machine commands see it as it would be: in a mount namespace of their own the staged files lie over the machine's,
# what would go is gone, nobody can write there, and nothing that runs sees any of it. A folder that stands for a device
# is no machine: there they have $TIDEGATE_STAGED, the root of the staged files, and nothing else. So they do where the
# namespace cannot be had, and $beside says why.

validate_all() {
	commands=no
	visit "$dir/manifest" validate=count_command
	[ $commands = yes ] || return 0
	[ -z "$root" ] && validate_in_place || visit "$dir/manifest" validate=run_validate
}

count_command() {
	commands=yes
}

run_validate() { # COMMAND NAME=VALUE...
	run_command "$dir/output" "$limit" "$@" TIDEGATE_STAGED="$PWD/$dir/new" || refuse_invalid $?
}

refuse_invalid() { # CODE
	keep_token
	say refused invalid
	[ -s "$dir/output" ] || printf '%s ended with %s' "$component: its validation" "$1" >"$dir/output"
	say_output "$dir/output"
	finish 1
}

# False where it could not even begin. What is refused is answered by the process inside.
validate_in_place() {
	choose_views
	[ -z "$beside" ] || return 1
	# shellcheck disable=SC2097,SC2098 # the process inside gets what they are here
	verbs="owes=$owes unsynced='$unsynced' incoming=$dir; look_from_inside" version=$version \
		dir=$dir views=$views cuts=$cuts odd=$odd unshare -m sh -c "$program" \
		tidegate "$nonce" "$root" "$device" "$scope" "$token" "$id" "$limit" 2>"$dir/trouble" && return
	[ -d "$dir" ] || exit $answered # refused, and let go of
	[ ! -e "$dir/inside" ] || refuse invalid "its validation was cut short"
	read -r beside <"$dir/trouble"
	beside=${beside:-"a mount namespace cannot be had"}
	return 1
}

say_beside() {
	encode "$beside"
	say beside "$encoded"
}

# $views: the folders over which staged files are laid, the outermost ones.
choose_views() {
	views=$nl
	[ "$me" -eq 0 ] || beside="only root may have a mount namespace"
	left=$puts$cuts
	while [ -n "$left" ]; do
		base=${left%%"$nl"*} base=${base#*"$tab"} base=${base%/*} left=${left#*"$nl"}
		while [ ! -d "$base/" ]; do base=${base%/*}; done
		case $base in
		'') beside="a folder would be new in the root of the machine" ;;
		*[,:\\\"]*) beside="$base cannot be laid over" ;;
		esac
		add_view "$base"
	done
	keep_mounts_apart
}

add_view() { # FOLDER
	others=$nl rest=${views#"$nl"}
	while [ -n "$rest" ]; do
		view=${rest%%"$nl"*} rest=${rest#*"$nl"}
		case $1/ in "$view"/*) return 0 ;; esac
		case $view/ in "$1"/*) ;; *) others=$others$view$nl ;; esac
	done
	views=$others$1$nl
}

# A file system that is mounted within a view would not be seen any more. A shell would read the list byte by byte.
keep_mounts_apart() {
	points=$(command cut -d ' ' -f 5 /proc/self/mountinfo)$nl || beside="its mounts cannot be listed"
	while [ -n "$points" ]; do
		point=${points%%"$nl"*} points=${points#*"$nl"} rest=${views#"$nl"}
		while [ -n "$rest" ]; do
			view=${rest%%"$nl"*} rest=${rest#*"$nl"}
			case $point in "$view"/*) beside="$point is a file system of its own" ;; esac
		done
	done
}

# In the namespace: the same program, with what the one outside found.
look_from_inside() {
	lay_views || exit 3
	mark "$dir" inside
	visit "$dir/manifest" validate=run_validate
	exit 0
}

# The uppermost layer is what is new, below it lies what hides what will go, and below that the machine.
lay_views() {
	[ -z "$cuts" ] || hide_cuts || return
	dress_folders || return
	rest=${views#"$nl"}
	while [ -n "$rest" ]; do
		view=${rest%%"$nl"*} rest=${rest#*"$nl"} layers=
		[ ! -d "$dir/new$view" ] || choose_layer || return
		[ ! -d "$dir/old/gone$view" ] || layers=$layers$dir/old/gone$view:
		mount -t overlay -o "ro,lowerdir=$layers$view" overlay "$view" || return
	done
}

# Layers of one mount may not lie within one another: where our own folder is in the view, copies are laid over it.
choose_layer() {
	layer=$dir/new
	case $PWD/ in
	"$view"/*)
		make_room || return
		layer=$dir/old/new
		[ -d "$layer" ] || cp -a "$dir/new" "$layer" || return
		;;
	esac
	layers=$layer$view:
}

# Where `old` is, in here there is room that nobody else sees and that goes by itself.
make_room() {
	[ -d "$dir/old/gone" ] || { mount -t tmpfs -o mode=755 tmpfs "$dir/old" && mkdir -m 755 "$dir/old/gone"; }
}

hide_cuts() {
	make_room || return
	umask 022
	while [ -n "$cuts" ]; do
		path=${cuts%%"$nl"*} path=$dir/old/gone${path#*"$tab"} cuts=${cuts#*"$nl"}
		mkdir -p "${path%/*}" && mknod "$path" c 0 0 || return
	done
	umask 077
}

# Of a folder in several layers the uppermost is what is seen. Those that are not root's, 0755, are $odd.
dress_folders() {
	while [ -n "$odd" ]; do
		line=${odd%%"$nl"*} odd=${odd#*"$nl"}
		for layer in "$dir/new" "$dir/old/gone"; do
			folder=$layer/${line#*/}
			[ ! -d "$folder" ] || dress "$folder" "${line%%/*}" || return
		done
	done
}

dress() { # FOLDER MODE UID GID
	# shellcheck disable=SC2086 # three fields of stat
	set -- "$1" $2
	chown "$3:$4" "$1" && chmod "$2" "$1"
}
