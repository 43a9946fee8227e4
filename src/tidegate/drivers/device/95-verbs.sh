# Verbs. --------------------------------------------------------------------------------------------------------------

# Without the lock, where nothing is to be kept or settled and no transaction moves while it looks.
inspect() { # [-s] COMPONENT...
	say verb inspect
	fence glances
	if [ "${1-}" = -s ]; then
		shift
		report_space
	fi
	may_look && is_whole_look "$@" && return
	lock
	fence looks
	settle
	report "$@"
}

may_look() {
	[ -z "$locked" ] && { [ "$token" -eq 0 ] || { [ "$token" -eq "$highest" ] && is_settled; }; }
}

is_whole_look() { # COMPONENT...
	list_moved
	known=$listed looking=yes
	report "$@"
	list_moved
	read_highest
	looking=
	[ "$listed" != "$known" ] || [ "$token" -lt "$highest" ] || { let_out && return; }
	held=
	return 1
}

# All that can fail early. It works in a folder of its own, without the lock, and one mark makes it `staged`.
stage() { # MANIFEST HOW SIZE TARGET MODE [TARGET MODE TEXT]...
	say verb stage
	beside=
	[ "$2" = - ] || unread=$2
	fence begins
	find_open
	find_transaction "$id"
	case $at:$open in
	: | staged:) ;;
	*)
		lock
		fence acts
		settle
		if was_staged; then return; fi
		unlock
		;;
	esac
	! has_systemd || keep_program || no_room
	prepare "$@"
	lock
	fence acts
	settle
	if was_staged; then return; fi
	dir=$incoming
	! is_fresh || fresh=$dir
	purge
	mark "$dir" staged || no_room
	incoming=
	say_staged "$came_upon"
}

# With what ran before.
say_staged() { # COMPONENTS
	# shellcheck disable=SC2086 # names of components
	say staged $1
	[ -z "$beside" ] || say_beside
	for record in "$dir"/from/*; do
		[ -e "$record" ] || continue
		read -r _ digest <"$record"
		say ran "${record##*/}" "$digest"
	done
}

prepare() { # MANIFEST HOW SIZE TARGET MODE [TARGET MODE TEXT]...
	read_me
	incoming=tx/staged/$id@$$.$nonce dir=$incoming
	receive "$@"
	puts='' cuts='' missing=$nl parents=${nl}root$tab$nl
	visit "$dir/manifest" load=gather_load file=gather_file
	visit "$dir/manifest" load=cut_load own=cut_strangers
	record_all
	validate_all
}

# Says so if it is armed already, and refuses if it is over or another one is open.
was_staged() {
	find_transaction "$id"
	case $at in
	armed | confirmed)
		[ -z "$incoming" ] || drop "$incoming"
		incoming=
		say_staged ''
		return 0
		;;
	reverting | reverted) refuse not_armed "$id is over: it is $at" ;;
	esac
	no_other_open
	return 1
}

apply() { # SECONDS
	say verb apply
	lock
	fence acts
	settle
	find_transaction "$id"
	launched='' checked=unchecked
	case $at in
	staged) arm "$1" && checked=checked ;;
	armed | confirmed) ;;
	'') refuse not_armed "it is not staged here" ;;
	*) refuse not_armed "it is $at" ;;
	esac
	read_unit "$dir"
	read_mark "$dir" exit
	if [ -n "$value" ]; then
		:
	elif [ "$unit_kind" = - ]; then
		launch "switch_and_activate $checked"
	fi
	[ -n "$value" ] || await_work
	say_ended
}

# Nobody holds `work` any more. A unit that left no exit code was killed half-way.
say_ended() {
	find_transaction "$id"
	read_mark "$dir" exit
	if [ -z "$value" ]; then
		lock
		find_transaction "$id"
		read_unit "$dir"
		read_mark "$dir" exit
		[ "$at$unit_kind$value" != armedapply ] || value=137
		[ -z "$value" ] || mark "$dir" "exit.$value"
	fi
	case $value in
	'') say stopped && finish 2 ;; # it went back meanwhile, or a newer runner has come
	0) say ended 0 ;;
	*)
		say ended "$value"
		say_output "$dir/output"
		finish 0
		;;
	esac
}

heartbeat() { # SECONDS
	say verb heartbeat
	lock
	fence acts
	settle
	find_transaction "$id"
	if [ "$at" = armed ]; then
		read_now
		deadline=$((now + $1 * 100))
		read_timer "$dir"
		if [ "$timer_wakes" -gt "$deadline" ]; then
			start_timer "$1" || fail "no timer could be started"
			stop_found_timer "$id"
		fi
		read -r boot </proc/sys/kernel/random/boot_id
		note "$dir/deadline" "$deadline $boot"
	fi
	set --
	for record in "${dir:-.}"/to/*; do
		[ ! -e "$record" ] || set -- "$@" "${record##*/}"
	done
	report "$@"
}

# Runs a probe. The last bytes of its output and its exit code come through one pipe; no file, no lock.
probe() { # COMMAND SECONDS
	say verb probe
	unlock
	fence glances
	encoded=$(
		{
			run_command /dev/stdout "$2" "$1" TIDEGATE_DEVICE="$device"
			printf '\n%03d' $?
		} | tail -c 504 | od -An -v -tx1 | tr -s ' \n' '%%'
	)
	encoded=${encoded%?}
	split "${encoded##*%0a%3}"
	say ended "$code"
	say text "${encoded%\%0a*}"
	[ "$code" = 000 ] || finish 0
}

# $code: of `0%30%37`, three digits in hex without the first one's `%3`.
split() { # DIGITS
	code=${1%%\%*} left=${1#*%3}
	code=$code${left%%\%*}${1##*%3}
}
