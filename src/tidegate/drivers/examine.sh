#!/bin/sh
# Asks a device whether it is fit, and changes nothing on it: sh -c "$(cat examine.sh)" NAME NONCE ROOT
# Answers as the device program does: `TG1 NONCE KEY FIELD`, the last one `end`.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
nonce=$1 state=$2/var/lib/tidegate

say() {
	printf 'TG1 %s %s\n' "$nonce" "$*"
}

say shell "$(readlink -f /bin/sh | tr -dc 'A-Za-z0-9._/+-')"
say user "$(id -u)"
for tool in flock setsid tar dd stat sha256sum sync timeout; do
	command -v "$tool" >/dev/null || say missing "$tool"
done
[ ! -d /run/systemd/system ] || ! command -v systemd-run >/dev/null || say systemd
while [ ! -d "$state" ] && [ -n "$state" ]; do state=${state%/*}; done
[ ! -w "${state:-/}" ] || say writable
# shellcheck disable=SC2046 # two numbers
set -- $(stat -f -c '%a %S' "${state:-/}" 2>/dev/null) 0 0
say free $(($1 * $2 / 1024))
say end 0
