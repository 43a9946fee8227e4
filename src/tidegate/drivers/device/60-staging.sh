# Staging. ------------------------------------------------------------------------------------------------------------

# Why a step of staging broke off.
give_up() { # WORDS
	case $1 in
	*"No space left"* | *uota\ exceeded* | *"Wrote only"* | *"short write"*) refuse no_space "$1" ;;
	*) refuse not_revertable "$1" ;;
	esac
}

# Where a transaction keeps a file: beside the target where that lies on another file system, else in its own folder.
find_place() { # DIR PATH
	case $2 in
	/*) place=$root$2 ;;
	*) place=$1/$2 ;;
	esac
}

there() { # PATH
	[ -e "$1" ] || [ -L "$1" ]
}

no_other_open() {
	find_open
	[ -n "$open" ] && [ "$open" != "$id" ] || return 0
	[ ! -e "tx/$open_at/$open/stuck" ] || refuse quarantined "$open"
	refuse foreign_transaction "$open"
}

