# Letting go. ----------------------------------------------------------------------------------------------------------

# Lets go of what nobody will ask for. Two confirmed snapshots stay; so does what was reverted, for a month at least,
# for a late push of a sealed transaction must find the seal.
purge() {
	purge_programs
	for stale in tx/staged/*; do
		[ -d "$stale" ] && [ "$stale" != "$incoming" ] || continue
		[ ! -e "$stale/staged" ] && [ -d "/proc/${stale##*@}" ] || drop "$stale"
	done
	for stale in tx/reverted/*/manifest; do
		[ ! -e "$stale" ] || empty "${stale%/manifest}"
	done
	set -- tx/reverted/*
	[ $# -le 100 ] || find tx/reverted -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
	purge_confirmed
}

purge_confirmed() {
	set -- tx/confirmed/*
	while [ $# -gt 2 ]; do
		oldest='' order=
		for found; do
			read_mark "$found" order
			[ -n "$order" ] && [ "$value" -gt "$order" ] || oldest=$found order=$value
		done
		for record in "$oldest"/to/*; do
			[ ! -e "$record" ] || mv -fT "$record" "have/${record##*/}" || fail "a record cannot be kept"
		done
		drop "$oldest"
		set -- tx/confirmed/*
	done
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
