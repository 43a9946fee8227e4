# Receiving. -----------------------------------------------------------------------------------------------------------

# An upload comes behind the text of its request, and nothing but this reads it. What was cut short is not whole.
receive() { # MANIFEST HOW SIZE TARGET MODE [TARGET MODE TEXT]...
	list_folders "$@"
	# shellcheck disable=SC2086 # one a line
	trouble=$(umask 022; set -f; IFS=$nl; mkdir -p -- $folders 2>&1) || give_up "$trouble"
	printf %s "$1" >"$dir/manifest" || no_room
	for name in deadline timer unit command; do
		note "$dir/$name" - || no_room
	done
	case $2 in
	raw) receive_file "$3" "$4" "$5" ;;
	tar) receive_tar "$3" ;;
	esac
	shift 5
	while [ $# -gt 0 ]; do
		begin_file "$1" "$2"
		printf %s "$3" >>"$dir/new$1" || no_room
		end_file "$1" "$2"
		shift 3
	done
}

# $folders: all that is needed for what is sent, but for a tar, which makes its own.
list_folders() { # MANIFEST HOW SIZE TARGET MODE [TARGET MODE TEXT]...
	folders=$dir/old$nl$dir/to$nl$dir/from$nl$dir/new
	[ "$2" != raw ] || folders=$folders$nl$dir/new${4%/*}
	shift 5
	while [ $# -gt 0 ]; do
		case $nl$folders$nl in
		*"$nl$dir/new${1%/*}$nl"*) ;;
		*) folders=$folders$nl$dir/new${1%/*} ;;
		esac
		shift 3
	done
}

receive_file() { # BYTES TARGET MODE
	begin_file "$2" "$3"
	unread=
	trouble=$(dd bs="$1" count=1 iflag=fullblock of="$dir/new$2" <&7 2>&1) || give_up "$trouble"
	case $trouble in 1+0*) ;; *) fail "the upload was cut short" ;; esac
	end_file "$2" "$3"
}

receive_tar() { # BLOCKS
	unread=
	trouble=$(umask 022 && dd bs=10240 count="$1" iflag=fullblock <&7 2>"$dir/taken" | tar -xpmof - -C "$dir/new" 2>&1) ||
		give_up "$trouble"
	read -r taken _ <"$dir/taken"
	[ "$taken" = "$1+0" ] || fail "the upload was cut short"
}

# An empty file with its mode: most can be said by the mask of the shell, which costs no process.
begin_file() { # TARGET MODE
	case $2 in
	06[0246][0246])
		bits=${2#06}
		umask "01$((7 - ${bits%?}))$((7 - ${bits#?}))"
		: >"$dir/new$1" || no_room
		umask 077
		;;
	esac
}

end_file() { # TARGET MODE
	case $2 in
	06[0246][0246]) ;;
	*) trouble=$(chmod -- "$2" "$dir/new$1" 2>&1) || give_up "$trouble" ;;
	esac
}
