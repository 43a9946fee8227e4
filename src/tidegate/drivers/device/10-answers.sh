# Answers. ------------------------------------------------------------------------------------------------------------

# Nothing is answered before the token is kept: until then it is held back.
say() {
	held="${held}TG1 $nonce $*$nl"
	[ -n "$owes$unsynced$looking" ] || let_out
}

let_out() {
	printf %s "$held"
	held=
}

# A field that may hold anything. Only odd text costs a process.
encode() {
	case $1 in
	*[!A-Za-z0-9:._/@,=+-]*) encoded=$(printf %s "$1" | od -An -v -tx1 | tr -s ' \n' '%%') && encoded=${encoded%?} ;;
	*) encoded=$1 ;;
	esac
}

say_text() {
	encode "$1"
	say text "$encoded"
}

# The end of what a command wrote. It is not ours, so it is encoded whole.
say_output() {
	encoded=$(tail -c 500 "$1" 2>/dev/null | od -An -v -tx1 | tr -s ' \n' '%%')
	say text "${encoded%?}"
}

# What a request's process ends with once all is said. Anything else comes of itself, and then nothing was said.
answered=42

# The request is over: 0 well, 1 refused, 2 failed. What was half staged goes; an upload that nobody has read ends the
# session, for it would be taken for the next request.
finish() {
	[ -z "$incoming" ] || drop "$incoming"
	sync_token
	say end "$1"
	[ -z "$unread" ] || exit 3
	exit $answered
}

refuse() {
	keep_token
	say refused "$1"
	say_text "$2"
	finish 1
}

fail() {
	keep_token
	say failed
	say_text "$1"
	finish 2
}
