# The beginning. -------------------------------------------------------------------------------------------------------

begin() { # NONCE ROOT DEVICE [SCOPE TOKEN TRANSACTION LIMIT]
	read_own
	nonce=$1 root=$2 device=$3 scope=${4-} token=${5-} id=${6-} limit=${7-} incoming='' unread=''
}

make_state() {
	(umask 022 && mkdir -p "$root/var/lib") && mkdir -p "$root/var/lib/tidegate" &&
		cd "$root/var/lib/tidegate" && mkdir -p highest have tx/incoming &&
		mkdir -p tx/staged tx/armed tx/confirmed tx/reverting tx/reverted ||
		refuse not_revertable "$root/var/lib/tidegate cannot be made"
}

begin "$@"
[ -z "$scope" ] || check_device # a unit, a timer
# shellcheck disable=SC2154 # the starter sets $verbs
eval "$verbs"
