# Switching. ----------------------------------------------------------------------------------------------------------

# From staged to armed. The timer first: the other way round a session that breaks leaves it armed without one.
arm() { # SECONDS
	find_open
	[ -z "$open" ] || refuse not_armed "$open is open"
	[ "$fresh" = "$dir" ] || runs_snapshot || refuse not_armed "something else runs than when it was staged"
	find_newest
	mark "$dir" "order.$((order + 1))" || no_room
	read -r boot </proc/sys/kernel/random/boot_id
	read_now
	note "$dir/deadline" "$((now + $1 * 100)) $boot"
	install_boot || refuse not_armed "the unit for its next boot cannot be installed"
	start_timer "$1" || refuse not_armed "no timer could be started"
	step "$id" staged armed
	sync_staged
}

# Everything a switch or a way back will need is on the disk before the first file is touched.
sync_staged() {
	set -- "$dir" "$dir"/* tx/armed tx/staged
	for path in "$dir"/to/* "$dir"/from/* "$dir"/old/*; do
		[ ! -f "$path" ] || [ -L "$path" ] || set -- "$@" "$path"
	done
	while IFS=$tab read -r kind _ new _ _; do
		find_place "$dir" "$new"
		case $kind in put-*) set -- "$@" "$place" ;; esac
	done <"$dir/moves"
	flush "$@" || fail "the staged files cannot be written to the disk"
}

# Does all that was surveyed at stage still lie there as it was?
runs_snapshot() {
	survey_moves
	inside=$nl
	for record in "$dir"/from/*; do
		matches "$record" || return 1
	done
}

survey_moves() {
	set --
	while IFS=$tab read -r _ _ _ _ target; do
		set -- "$@" "$root$target"
	done <"$dir/moves"
	survey 0 "$@"
}

# The unit: switches and activates, once. It ends even if whoever asked is gone; its exit code is a mark. It says who it
# is before it looks whether it still may: who turns back after that look knows whom to stop.
switch_and_activate() { # checked|unchecked
	exec 8>>work
	flock 8
	find_transaction "$id"
	[ "$at" = armed ] || exit
	read_unit "$dir"
	[ "$unit_kind" = - ] || exit
	read_own
	note "$dir/unit" "apply $own $birth" || exit
	find_transaction "$id"
	[ "$at" = armed ] || exit
	read_highest
	[ "$token" -ge "$highest" ] || { note "$dir/unit" - && exit; }
	code=0
	[ "$1" = checked ] || runs_snapshot || came_late
	[ "$code" -ne 0 ] || make_folders
	visit "$dir/manifest" load=switch activate=run_activate
	mark "$dir" "exit.$code"
}

came_late() {
	printf 'something else runs than when it was staged' >"$dir/output"
	code=1
}

make_folders() {
	while IFS= read -r folder; do
		[ -d "$root$folder" ] || mkdir -m 755 "$root$folder" 2>>"$dir/output" || code=1
	done <"$dir/made"
}

switch() { # COMPONENT ...
	[ "$code" -eq 0 ] || return 0
	while IFS=$tab read -r kind owner new old target; do
		[ "$owner" = "$1" ] || continue
		switch_file 2>>"$dir/output" || code=1
	done <"$dir/moves"
}

switch_file() {
	case $kind in
	put-*) find_place "$dir" "$new" && mv -fT "$place" "$root$target" ;;
	cut-there) find_place "$dir" "$old" && mv -fT "$root$target" "$place" ;;
	esac
}

run_activate() { # COMMAND NAME=VALUE...
	[ "$code" -eq 0 ] || return 0
	mark "$dir" "began.$component"
	run_command "$dir/output" - "$@" || code=$?
}
