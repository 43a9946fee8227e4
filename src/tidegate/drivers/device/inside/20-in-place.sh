# Looking from inside. -------------------------------------------------------------------------------------------------
#
# In a mount namespace of its own, where the machine is as it would be.

# Ends with 0 where all agreed, with $disagreed where one did not, and with $unlaid where none could look; anything else
# comes of itself.
disagreed=40 unlaid=41

# With what the program outside found.
look_from_inside() { # ROOT DIR LIMIT VIEWS CUTS ODD
	root=$1 dir=$2 limit=$3 views=$4 cuts=$5 odd=$6 code=0
	lay_views || exit $unlaid
	visit "$dir/manifest" validate=run_validate
	[ "$code" -eq 0 ] || exit $disagreed
	exit 0
}

# The first that does not agree is the last that is asked.
run_validate() { # COMMAND NAME=VALUE...
	[ "$code" -eq 0 ] || return 0
	run_command "$dir/output" "$limit" "$@" TIDEGATE_STAGED="$PWD/$dir/new" || code=$?
	[ "$code" -eq 0 ] || [ -s "$dir/output" ] ||
		printf '%s ended with %s' "$component: its validation" "$code" >"$dir/output"
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
