# The session. ---------------------------------------------------------------------------------------------------------

# Answers requests until there are no more. Each is a line that says what comes, lines of shell text that call verbs,
# and an upload, of which the text says how long it is. Text that was cut short is not looked at. A request has a
# process of its own: where that ends without an answer so does the session, for somebody waits for one.
serve() {
	exec 7<&0 </dev/null
	while read_request; do
		(
			check_device
			eval "$verbs"
			finish 0
		)
		[ $? -eq $answered ] || return
	done
}

# TG1 NONCE SCOPE TOKEN TRANSACTION LIMIT LINES
read_request() {
	read -r word nonce scope token id limit lines <&7 && [ "$word" = TG1 ] || return 1
	verbs=
	while [ "$lines" -gt 0 ]; do
		IFS= read -r line <&7 || return 1
		verbs=$verbs$line$nl lines=$((lines - 1))
	done
}

check_device() {
	for tool in flock setsid tar dd stat sha256sum sync timeout; do
		command -v $tool >/dev/null || refuse not_revertable "$tool is missing on the device"
	done
	[ -d "$root/var/lib/tidegate/tx/reverted" ] || make_state
	cd "$root/var/lib/tidegate" && [ -w . ] || refuse not_revertable "$root/var/lib/tidegate cannot be written"
}
