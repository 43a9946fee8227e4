# Time, processes, notes and marks: without starting a process. -------------------------------------------------------

# $now: hundredths of a second since the boot. A number that begins with a zero would be an octal one.
read_now() {
	read -r now _ </proc/uptime
	now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

# $birth: when process $1 began, empty where it is no more. With it a number that is used again is no mistake.
read_birth() {
	birth=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	take_birth
}

take_birth() {
	# shellcheck disable=SC2086 # fields, after the name, which may hold anything
	set -- ${stat##*) }
	[ "$1" = Z ] || birth=${20}
}

# $own and $birth of this process, whose number `$$` is not where it was only forked. The kernel makes some effort to
# say this, and the shell to read it, so it is asked only by who notes who it is.
read_own() {
	read -r stat </proc/self/stat
	own=${stat%% *}
	take_birth
}

lives() { # PID BIRTH
	[ -n "$1" ] || return 1
	read_birth "$1"
	[ -n "$birth" ] && [ "$birth" = "$2" ]
}

# Notes have one width and are written over in place: no truncation, no rename, no space.
note() { # FILE TEXT
	printf '%-63s\n' "$2" 1<>"$1"
}

mark() { # DIR NAME.VALUE
	printf '' >"$1/$2"
}

# $value: of mark NAME in DIR, empty where there is none.
read_mark() { # DIR NAME
	value=
	for marked in "$1/$2".*; do
		[ ! -e "$marked" ] || value=${marked##*/"$2".}
	done
}

# $why: of a transaction. Several may have been given in turn: that it failed is never taken back.
read_why() { # DIR
	for why in failed back interrupted boot deadline sealed; do
		[ ! -e "$1/why.$why" ] || return 0
	done
	case $1 in
	tx/reverted/*) why=sealed ;; # all that went back was marked before it did
	*) why=- ;;
	esac
}

# $unit_kind $unit_pid $unit_birth: who switches or restores; $timer_pid $timer_birth $timer_wakes.
read_unit() { # DIR
	unit_kind=- unit_pid='' unit_birth=''
	{ read -r unit_kind unit_pid unit_birth _ <"$1/unit"; } 2>/dev/null || :
}

read_timer() { # DIR
	read -r timer_pid timer_birth timer_wakes _ <"$1/timer"
}
