# Reports. ------------------------------------------------------------------------------------------------------------

report() { # COMPONENT...
	find_open
	read -r boot </proc/sys/kernel/random/boot_id
	# shellcheck disable=SC2046 # two numbers
	set -- $(stat -f -c '%a %S' .) "$@"
	say highest "$highest"
	say boot "$boot"
	say free $(($1 * $2 / 1024))
	shift 2
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
	read -r deadline _ <"tx/$open_at/$open/deadline"
	read_now
	say open "$open" "$open_at" $(((deadline - now) / 100))
}

report_transaction() {
	read_why "$dir"
	read_mark "$dir" exit
	stuck=-
	[ ! -e "$dir/stuck" ] || stuck=stuck
	say tx "${dir##*/}" "$at" "$why" "${value:--}" $stuck
	[ "${dir##*/}" = "$open" ] || return 0
	read_unit "$dir"
	[ "$unit_kind" != apply ] || [ -n "$value" ] || ! lives "$unit_pid" "$unit_birth" || running=running
}
