# Verbs that end a transaction. ----------------------------------------------------------------------------------------

confirm() {
	say verb confirm
	lock
	fence acts
	settle
	find_transaction "$id"
	case $at in
	'' | staged) refuse not_armed "it is not armed here" ;;
	armed) [ ! -e "$dir/exit.0" ] || confirm_armed ;;
	esac
	say placed "$at"
}

confirm_armed() {
	step "$id" armed confirmed
	set -- tx/confirmed tx/armed
	while IFS=$tab read -r _ _ _ _ target; do
		set -- "$@" "$root${target%/*}/"
	done <"$dir/moves"
	flush "$@"
	stop_timer "$dir"
}

revert() { # WHY
	say verb revert
	lock
	fence acts
	settle
	find_transaction "$id"
	launched=
	case $at in
	'' | staged) seal ;;
	reverted) [ "$1" != failed ] || [ ! -e "$dir/why.deadline" ] || mark "$dir" why.failed ;;
	confirmed) if stands; then revert_from confirmed "$1"; fi ;;
	armed) revert_from armed "$1" ;;
	reverting) revert_again "$1" ;;
	esac
	[ "$at" != reverting ] || await_work
	say_placed
}

# Says for ever that a transaction is over, so that a push of it that comes late is refused.
seal() {
	if [ "$at" = staged ]; then
		mark "$dir" why.sealed
		step "$id" staged reverted
		empty "$dir"
	else
		mkdir -p "tx/reverted/$id" && mark "tx/reverted/$id" why.sealed || no_room
	fi
	at=reverted dir=tx/reverted/$id
	flush tx/reverted tx/staged
}

# May a confirmed transaction be taken back? The newest may, while what it put there still runs.
stands() {
	find_newest
	[ "$newest" = "$id" ] && [ -z "$open" ] || return 1
	survey_moves
	inside=$nl
	for record in "$dir"/to/*; do
		find_inside "$record"
		matches "$record" || return 1
	done
}

revert_from() { # STATE WHY
	mark "$dir" "why.$2"
	step "$id" "$1" reverting
	flush tx/reverting "tx/$1"
	launch go_back
}

revert_again() { # WHY
	[ "$1" != failed ] || mark "$dir" why.failed
	read_unit "$dir"
	[ "$unit_kind" = revert ] && lives "$unit_pid" "$unit_birth" || launch go_back
}

say_placed() {
	find_transaction "$id"
	read_why "$dir"
	case $at in
	reverted) if [ "$why" = sealed ]; then say placed reverted sealed; else say placed reverted; fi ;;
	confirmed) say placed confirmed superseded ;;
	*)
		say failed
		say_output "$dir/output"
		finish 2
		;;
	esac
}

# A person has looked: what could not go back is over.
forget() {
	say verb forget
	lock
	fence acts
	find_open
	if [ -n "$open" ] && [ -e "tx/$open_at/$open/stuck" ]; then
		rm -f "tx/$open_at/$open/stuck"
		step "$open" "$open_at" reverted
		empty "tx/reverted/$open"
	fi
	say forgotten
}
