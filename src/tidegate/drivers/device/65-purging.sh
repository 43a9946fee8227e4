# Letting go. ----------------------------------------------------------------------------------------------------------

# Lets go of what nobody will ask for. Two confirmed snapshots stay; so does what was reverted, for a month at least,
# for a late push of a sealed transaction must find the seal.
purge() {
	purge_programs
	for stale in tx/staged/*; do
		[ -d "$stale" ] && [ "$stale" != "$incoming" ] || continue
		by=${stale##*@}
		[ ! -e "$stale/staged" ] && [ -d "/proc/${by%%.*}" ] || drop "$stale"
	done
	for stale in tx/reverted/*/manifest; do
		[ ! -e "$stale" ] || empty "${stale%/manifest}"
	done
	set -- tx/reverted/*
	[ $# -le 100 ] || find tx/reverted -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
	purge_confirmed
}

# When there are six or more, so that three rollouts of four need not.
purge_confirmed() {
	set -- tx/confirmed/*
	[ $# -ge 6 ] || return 0
	too_many=$(($# - 2)) last=-1 records=$nl
	set --
	while [ $# -lt $too_many ] && find_after "$last"; do
		set -- "$@" "$oldest"
		last=$order
		for record in "$oldest"/to/*; do
			[ ! -e "$record" ] || keep_record "$record"
		done
	done
	# shellcheck disable=SC2086 # paths without spaces
	[ "$records" = "$nl" ] || mv -f $records have/ || fail "a record cannot be kept"
	text_of=''
	for stale; do drop_beside "$stale"; done
	rm -rf -- "$@"
}

# $oldest and its $order: the confirmed transaction that was armed first after the one of that order.
find_after() { # ORDER
	oldest=
	for found in tx/confirmed/*; do
		read_mark "$found" order
		[ "${value:-0}" -gt "$1" ] || continue
		[ -n "$oldest" ] && [ "${value:-0}" -ge "$order" ] || oldest=$found order=${value:-0}
	done
	[ -n "$oldest" ]
}

# Instead of an older one of the same component.
keep_record() { # FILE
	for older in $records; do
		[ "${older##*/}" != "${1##*/}" ] || records=${records%%"$nl$older$nl"*}$nl${records#*"$nl$older$nl"}
	done
	records=$records$1$nl
}

drop() { # DIR
	drop_beside "$1"
	rm -rf -- "$1"
}

# Leaves of a transaction that is over only what says so.
empty() { # DIR
	drop_beside "$1"
	rm -rf -- "$1/new" "$1/old" "$1/to" "$1/from" "$1/moves" "$1/made" "$1/beside" "$1/output" "$1/manifest"
}

drop_beside() { # DIR
	[ -e "$1/beside" ] || return 0
	while IFS= read -r folder; do
		rm -rf -- "$root$folder"
		rmdir -- "$root${folder%/*}" 2>/dev/null # others may still be in it
	done <"$1/beside"
}
