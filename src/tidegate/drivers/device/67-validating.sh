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
	[ -z "$root" ] && validate_in_place && return
	code=0
	visit "$dir/manifest" validate=run_validate
	[ "$code" -eq 0 ] || refuse_invalid
}

count_command() {
	commands=yes
}

refuse_invalid() {
	keep_token
	say refused invalid
	say_output "$dir/output"
	finish 1
}

# False where nobody could look from there.
# shellcheck disable=SC2016,SC2154 # for the shell inside to expand; the program's first line sets $for_inside
validate_in_place() {
	choose_views
	[ -z "$beside" ] || return 1
	beside=$(unshare -m sh -c "$for_inside$nl"'look_from_inside "$@"' \
		tidegate "$root" "$dir" "$limit" "$views" "$cuts" "$odd" 2>&1)
	case $? in
	0) beside='' ;;
	"$disagreed") refuse_invalid ;;
	"$unlaid" | 1 | 126 | 127)
		beside=${beside%%"$nl"*}
		beside=${beside:-"a mount namespace cannot be had"}
		return 1
		;;
	*) refuse invalid "its validation was cut short" ;;
	esac
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

