# Reports. ------------------------------------------------------------------------------------------------------------

report() { # COMPONENT...
	find_open
	read -r boot </proc/sys/kernel/random/boot_id
	say highest "$highest"
	say boot "$boot"
	running=ended
	for at in staged armed confirmed reverting; do
		for dir in "tx/$at"/*; do
			[ ! -d "$dir" ] || report_transaction
		done
	done
	for dir in "tx/reverted/${id%.*}".*; do # old ones of others would make a long answer
		at=reverted
		[ ! -d "$dir" ] || report_transaction
	done
	[ -z "$open" ] || report_open
	say unit $running
	survey_components "$@"
	for component; do
		read_runs "$component"
		say runs "$component" "$runs"
	done
}

report_open() {
	deadline=0
	{ read -r deadline _ <"tx/$open_at/$open/deadline"; } 2>/dev/null
	read_now
	say open "$open" "$open_at" $(((deadline - now) / 100))
}

report_transaction() {
	name=${dir##*/} stuck=- works=
	case $at in
	staged)
		[ -e "$dir/staged" ] || return 0 # somebody is at it
		name=${name%@*}
		;;
	esac
	read_why "$dir"
	read_unit "$dir"
	! switches "$name" || works=yes
	read_mark "$dir" exit # after that look: who has ended has left it
	[ ! -e "$dir/stuck" ] || stuck=stuck
	say tx "$name" "$at" "$why" "${value:--}" $stuck
	[ "$name" != "$open" ] || [ -z "$works" ] || [ -n "$value" ] || running=running
}

report_space() {
	# shellcheck disable=SC2046 # two numbers
	set -- $(stat -f -c '%a %S' .)
	say free $(($1 * $2 / 1024))
}
