# The beginning. ------------------------------------------------------------------------------------------------------

begin() { # NONCE ROOT DEVICE SCOPE TOKEN TRANSACTION LIMIT
	nonce=$1 root=$2 device=$3 scope=$4 token=$5 id=$6 limit=$7 incoming=
	for tool in flock setsid tar stat sha256sum sync timeout; do
		command -v $tool >/dev/null || refuse not_revertable "$tool is missing on the device"
	done
	[ -d "$root/var/lib/tidegate/tx/reverted" ] || make_state
	cd "$root/var/lib/tidegate" && [ -w . ] || refuse not_revertable "$root/var/lib/tidegate cannot be written"
}

make_state() {
	(umask 022 && mkdir -p "$root/var/lib") && mkdir -p "$root/var/lib/tidegate" &&
		cd "$root/var/lib/tidegate" && mkdir -p highest have tx/incoming &&
		mkdir -p tx/staged tx/armed tx/confirmed tx/reverting tx/reverted ||
		refuse not_revertable "$root/var/lib/tidegate cannot be made"
}

begin "$@"
# shellcheck disable=SC2154 # the starter sets $verbs
eval "$verbs"
