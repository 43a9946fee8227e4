# The beginning. -------------------------------------------------------------------------------------------------------

begin() { # NONCE ROOT DEVICE [SCOPE TOKEN TRANSACTION LIMIT]
	nonce=$1 root=$2 device=$3 scope=${4-} token=${5-} id=${6-} limit=${7-}
	incoming='' unread='' locked='' owes='' text_of='' unsynced='' looking='' held='' fresh='' own='' given=$nl
}

make_state() {
	set -- "$root/var/lib/tidegate"
	{ [ -d "${1%/*}" ] || (umask 022 && mkdir -p "${1%/*}"); } &&
		mkdir -p "$1/have" "$1/highest/$scope" "$1/tx/staged" "$1/tx/armed" "$1/tx/confirmed" "$1/tx/reverting" \
			"$1/tx/reverted" || refuse not_revertable "$1 cannot be made"
}

begin "$@"
[ -z "$scope" ] || check_device # a unit, a timer
# shellcheck disable=SC2154 # the starter sets $verbs
eval "$verbs"
