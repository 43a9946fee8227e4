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
file() { "$on_file" "$@"; }         # MODE OWNER GROUP TARGET SHA256
own() { "$on_own" "$@"; }           # FOLDER
validate() { "$on_validate" "$@"; } # COMMAND NAME=VALUE...
activate() { "$on_activate" "$@"; } # COMMAND NAME=VALUE...

# Runs a command of the user's with exactly the environment that is promised (the session's own is empty), no lock, and
# no stdin. It leaves behind what it likes; nothing of ours stays open in it. Without a limit of time it is noted in the
# transaction who it is, so that it can be stopped; until it is, `work` stays taken.
run_command() { # OUTPUT SECONDS|- COMMAND NAME=VALUE...
	(
		exec 7<&- 9>&- </dev/null >>"$1" 2>&1
		trap - HUP
		umask 022
		limit=$2 command=$3
		shift 3
		# shellcheck disable=SC2163 # NAME=VALUE each
		export TIDEGATE_ROOT="$root" "$@"
		set -- sh -eu -c "$command"
		if [ "$limit" = - ]; then
			read_own
			note "$dir/command" "$own $birth"
			set -- setsid "$@"
		else
			set -- timeout -k 5 "$limit" "$@"
		fi
		exec 8>&-
		cd "${root:-/}" && exec "$@"
	)
}
