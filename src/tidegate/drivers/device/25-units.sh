# What outlives a session: units and timers. --------------------------------------------------------------------------
#
# On a machine that systemd runs they are systemd's: it starts them outside the session, names them, and knows all that
# they started. Elsewhere they are processes of this shell, forked and not started anew: that is five times cheaper.
# Nobody who ends a session ends them.

# A folder that stands for a device is no machine, and only root may ask for what lives longer than a login.
has_systemd() {
	[ -z "$root" ] && [ -w /run/systemd/system ]
}

# $kept: this program in a file, for what runs later. One write for every version of it.
# shellcheck disable=SC2154 # the starter sets $program and $version
keep_program() {
	kept=$PWD/program/$version
	[ ! -e "$kept" ] || return 0
	# shellcheck disable=SC2016 # for the shell that reads the file to expand
	mkdir -p program &&
		printf '%s\n' 'version=${0##*/} program= verbs=$1; shift' "$program" >"program/.$version.$$" 2>/dev/null &&
		sync "program/.$version.$$" && mv -fT "program/.$version.$$" "$kept" && sync program && return
	rm -f "program/.$version.$$"
	return 1
}

# Nothing is open: no unit and no timer can need another version than this one.
purge_programs() {
	for stale in program/* program/.[!.]*; do
		[ "$stale" = "program/$version" ] || [ ! -e "$stale" ] || [ -d "/proc/${stale##*.}" ] || rm -f "$stale"
	done
}

# Has systemd run VERBS of this program. $waits are more words for systemd-run. Daemons that a command leaves behind stay.
ask_systemd() { # UNIT VERBS
	# shellcheck disable=SC2086 # words
	systemd-run --quiet --collect --unit="$1" $waits -p Type=oneshot -p KillMode=process \
		-p StandardOutput=null -p StandardError=null \
		/usr/bin/env -i /bin/sh "$kept" "$2" - '' "$device" "$scope" "$token" "$id" "$limit" </dev/null >/dev/null 2>&1 7<&- 8>&- 9>&-
}

# Starts what outlives this session: $launched, a process that ends with it. On a full disk systemd cannot be asked.
launch() { # VERBS
	if has_systemd && keep_program; then
		name_unit "$1"
		(waits='' && ask_systemd "$unit" "$1") </dev/null >/dev/null 2>&1 7<&- 8>&- 9>&- &
	else
		(outlive && eval "$1") &
	fi
	launched=$!
}

# What was forked goes on alone: with nothing of the session's open, and unmoved when the session is hung up.
outlive() {
	trap '' HUP
	exec </dev/null >/dev/null 2>&1 7<&- 8>&- 9>&-
	incoming='' unread='' locked=''
}

# $unit: the transaction is switched once, so a second start of that unit fails; it may go back in several attempts.
name_unit() { # VERBS
	case $1 in
	go_back) unit=tidegate-$id-back-$nonce ;;
	*) unit=tidegate-$id ;;
	esac
}

# Who launched it waits for it; anybody else, or who lost sight of it, for the lock that it holds.
await_work() {
	sync_token
	unlock
	[ -z "$launched" ] || { wait "$launched" && return; } || has_systemd || return 0
	exec 8>>work
	flock 8
	exec 8>&-
}

# Of the unit that `read_unit` found. One that systemd was asked for, and that has not begun, will switch too.
switches() { # ID
	case $unit_kind in
	apply) lives "$unit_pid" "$unit_birth" ;;
	-) in_systemd "tidegate-$1.service" ;;
	*) return 1 ;;
	esac
}

# Kills the unit that switches. What it was about to do it still does, and holds `work` until then.
stop_unit() { # ID PID
	if in_systemd "tidegate-$1.service"; then
		systemctl kill --signal=KILL "tidegate-$1.service"
		systemctl stop "tidegate-$1.service"
	else
		kill -9 "$2"
	fi 2>/dev/null
}

# Kills a command of the user's that still runs, and all that it started and still holds. Daemons of one that ended stay.
stop_command() { # DIR
	read -r command_pid command_birth _ <"$1/command"
	lives "$command_pid" "$command_birth" || return 0
	kill -9 "$command_pid"
	kill -9 "-$command_pid" 2>/dev/null
}

in_systemd() { # UNIT
	[ -z "$root" ] && [ -e "/run/systemd/transient/$1" ]
}

# Starts a timer and notes it. It has begun before this returns: with its own number, or with `-` for systemd's.
start_timer() { # SECONDS
	read_now
	wakes=$((now + $1 * 100))
	if has_systemd; then
		keep_program || return 1
		waits="--on-active=$1 --timer-property=AccuracySec=100ms"
		ask_systemd "tidegate-$id-$wakes" at_deadline || return 1
		note "$dir/timer" "- - $wakes"
		return
	fi
	(outlive && sleep_until_stopped "$1" && at_deadline) &
	timer=$!
	read_birth "$timer"
	[ -n "$birth" ] || return 1
	note "$dir/timer" "$timer $birth $wakes"
}

# A timer that is stopped takes its `sleep` with it.
sleep_until_stopped() { # SECONDS
	sleeper=
	trap 'kill $sleeper; exit' TERM
	sleep "$1" &
	sleeper=$!
	wait "$sleeper" || exit
	trap - TERM
}

# Of the timer that `read_timer` found.
timer_lives() { # ID
	if [ "$timer_pid" = - ]; then
		in_systemd "tidegate-$1-$timer_wakes.timer"
	else
		lives "$timer_pid" "$timer_birth"
	fi
}

stop_timer() { # DIR
	read_timer "$1"
	stop_found_timer "${1##*/}"
}

stop_found_timer() { # ID
	[ "$timer_pid" != "$own" ] && timer_lives "$1" || return 0
	case $timer_pid in
	-) systemctl --quiet --no-block stop "tidegate-$1-$timer_wakes.timer" ;;
	*) kill "$timer_pid" ;;
	esac
}
