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
		exec 7<&- 8>&- 9>&- </dev/null >>"$1" 2>&1
		umask 022
		limit=$2 command=$3
		shift 3
		set -- env -i PATH="$PATH" LC_ALL=C TIDEGATE_ROOT="$root" "$@" sh -eu -c "$command"
		[ "$limit" = - ] || set -- timeout -k 5 "$limit" "$@"
		cd "${root:-/}" && exec "$@"
	)
}
