# What is put, and what is taken away. ---------------------------------------------------------------------------------

# What is put: a line `COMPONENT<tab>TARGET` of $puts each.
gather_load() { # COMPONENT NOW TO OVER SNAPSHOT
	[ "$5" = - ] || gather_snapshot "$1" "$5"
}

gather_file() { # MODE OWNER GROUP TARGET SHA256
	[ -f "$dir/new$4" ] || fail "the upload was cut short: $4 is missing"
	puts=$puts$component$tab$4$nl given=$given$5$tab$dir/new$4$nl
	look_up "$4" "$2"
	[ "$me" -eq 0 ] && [ "$2:$3" != root:root ] || return 0
	trouble=$(chown -- "$2:$3" "$dir/new$4" 2>&1 && chmod -- "$1" "$dir/new$4" 2>&1) || refuse invalid "$trouble"
}

# The files that another transaction found. Copies, so that who edits them in place does not edit the snapshot.
gather_snapshot() { # COMPONENT TRANSACTION
	[ -e "tx/confirmed/$2/from/$1" ] || refuse not_revertable "no snapshot of $2"
	while IFS=$tab read -r kind owner _ old target; do
		[ "$owner" = "$1" ] || continue
		case $kind in *-new) continue ;; esac
		find_place "tx/confirmed/$2" "$old"
		trouble=$(umask 022 && mkdir -p "$dir/new${target%/*}" 2>&1 && cp -pP -- "$place" "$dir/new$target" 2>&1) ||
			give_up "$trouble"
		puts=$puts$1$tab$target$nl
		look_up "$target" root
	done <"tx/confirmed/$2/moves"
}

# What is taken away: what the component had and has no more, and strangers in the folders it owns.
cut_load() { # COMPONENT ...
	find_had "$1"
	[ -n "$had" ] || return 0
	while IFS=$tab read -r facts path; do
		case $facts in
		"digest none") return 0 ;; # files as somebody else left them are not ours to take away
		file\ * | link\ *) cut "$path" ;;
		esac
	done <"$had"
}

cut_strangers() { # FOLDER
	[ -d "$root$1" ] || return 0
	strangers=$(find "$root$1" ! -type d)$nl
	while [ -n "${strangers#"$nl"}" ]; do
		path=${strangers%%"$nl"*} strangers=${strangers#*"$nl"}
		case $path in
		*[[:cntrl:]]*) refuse not_revertable "a file in $1 has a control character in its name" ;;
		"$root$1"*) cut "${path#"$root"}" ;;
		*) refuse not_revertable "a file in $1 has a line break in its name" ;;
		esac
	done
}

cut() { # TARGET
	case $puts$cuts in
	*"$tab$1$nl"*) return 0 ;;
	esac
	cuts=$cuts$component$tab$1$nl
	look_up "$1" root
}

