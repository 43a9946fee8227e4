# Going back. ---------------------------------------------------------------------------------------------------------

# What should go on by itself goes on, also where the process that was to see to it is gone. Under `lock`.
settle() {
	[ "$token" -ne 0 ] || return 0
	if is_settled; then return; fi
	case $open_at in
	armed) settle_armed "tx/armed/$open" ;;
	reverting) (id=$open && launch go_back) ;;
	esac
}

is_settled() {
	find_open
	case $open_at in
	armed)
		is_due "tx/armed/$open" && return 1
		timer_lives "$open"
		;;
	reverting) goes_back "tx/reverting/$open" ;;
	esac
}

# Is its time over, or was it armed before the last boot? It also reads all there is to know of the timer.
is_due() { # DIR
	deadline=0 armed_in=
	{ read -r deadline armed_in <"$1/deadline"; } 2>/dev/null
	read -r boot </proc/sys/kernel/random/boot_id
	read_now
	read_timer "$1"
	[ "$armed_in" != "$boot" ] || [ "$now" -ge "$deadline" ]
}

goes_back() { # DIR
	[ ! -e "$1/stuck" ] || return 0
	read_unit "$1"
	[ "$unit_kind" = revert ] && lives "$unit_pid" "$unit_birth"
}

settle_armed() { # DIR
	if ! is_due "$1"; then
		(id=$open dir=$1 && start_timer $(((deadline - now + 99) / 100)))
	elif [ "$armed_in" != "$boot" ]; then
		forget_processes "$1"
		turn_back "$open" boot
	else
		turn_back "$open" deadline
	fi
}

# What had these numbers before the boot is no more, and they may be anybody's now.
forget_processes() { # DIR
	note "$1/unit" '- - -'
	note "$1/command" -
}

turn_back() { # ID WHY
	mark "tx/armed/$1" "why.$2"
	step "$1" armed reverting
	(id=$1 && launch go_back)
}

# What a timer does when it wakes. Under `lock` it compares and renames; where the deadline moved, another timer follows.
at_deadline() {
	while :; do
		lock
		find_transaction "$id"
		case $at in
		armed) ;;
		reverting)
			[ ! -e "$dir/stuck" ] || exit
			break
			;;
		*) exit ;;
		esac
		read -r deadline _ <"$dir/deadline"
		read_now
		if [ "$now" -ge "$deadline" ]; then
			mark "$dir" why.deadline
			step "$id" armed reverting
			break
		fi
		start_timer $(((deadline - now + 99) / 100)) && exit
		unlock
		sleep 1
	done
	unlock
	go_back
}

# Stops the apply, restores, activates again, reads back. A daemon that still runs the new configuration has not gone
# back, and what fails here stays where it is until a person comes.
go_back() {
	stop_apply
	exec 8>>work
	flock 8
	stop_command "$dir"
	lock
	find_transaction "$id"
	[ "$at" = reverting ] || exit
	read_own
	note "$dir/unit" "revert $own $birth"
	rm -f "$dir/stuck"
	unlock
	code=0
	choose_output
	restore_files 2>>"$output" || code=1
	[ "$code" -ne 0 ] || visit "$dir/manifest" load=: activate=run_activate_again
	[ "$code" -ne 0 ] || runs_snapshot || code=1
	lock
	if [ "$code" -eq 0 ]; then
		step "$id" reverting reverted
		sync tx/reverted tx/reverting
	else
		mark "$dir" stuck
	fi
	stop_timer "$dir"
	unlock
	[ "$code" -ne 0 ] || empty "$dir"
}

# $output: where commands write on the way back. On a full disk nowhere, for a command that cannot write fails.
choose_output() {
	output=$dir/output
	printf '%4096s' '' >"$output" 2>/dev/null && printf '' >"$output" || output=/dev/null
}

# Kills the apply unit, if it still runs.
stop_apply() {
	lock
	find_transaction "$id"
	[ "$at" = reverting ] || exit
	read_unit "$dir"
	unlock
	[ "$unit_kind" = apply ] && lives "$unit_pid" "$unit_birth" && stop_unit "$id" "$unit_pid"
}

# Renames only; each can be said again. What still waits in new/ was never switched.
restore_files() {
	restored=0
	while IFS=$tab read -r kind _ new old target; do
		find_place "$dir" "$new"
		case $kind in put-*) ! there "$place" || continue ;; esac
		find_place "$dir" "$old"
		case $kind in
		put-new) rm -f -- "$root$target" || restored=1 ;;
		*-there) ! there "$place" || mv -fT "$place" "$root$target" || restored=1 ;;
		esac
	done <"$dir/moves"
	unmake_folders
	return $restored
}

# Folders that were made go again, the innermost first, unless somebody else has put something there.
unmake_folders() {
	set --
	while IFS= read -r folder; do
		set -- "$root$folder" "$@"
	done <"$dir/made"
	[ $# -eq 0 ] || rmdir -- "$@" 2>/dev/null || :
}

run_activate_again() { # COMMAND NAME=VALUE...
	[ "$code" -eq 0 ] && [ -e "$dir/began.$component" ] || return 0
	run_command "$output" "$limit" "$@" || code=$?
}
