#!/bin/sh
# The device program: all that Tidegate does on a device. It comes with every session, and is installed nowhere; a copy
# lies where its timers and units find it, and a machine that systemd runs gets a unit for its next boot.
#
#   sh -c "$starter" NAME VERSION VERBS NONCE ROOT DEVICE [SCOPE TOKEN TRANSACTION LIMIT]
#
# VERBS is `serve` for a session: this text comes on stdin, then requests (98-session.sh says how), until it ends.
# For what outlives a session, VERBS says what it is to do, and the rest on whose behalf. LIMIT is how many seconds
# whoever asks will wait. stdout carries the answers, one `TG1 NONCE KEY FIELD...` a line, each field percent-encoded,
# the last one of a request `end`. Whatever else stands on stdout is somebody else's.
#
# What it keeps lies in ROOT/var/lib/tidegate:
#   program/VERSION                 this text, for what runs when nobody is logged in
#   highest/SCOPE/TOKEN             the highest token that was seen; a lower one is refused
#   have/COMPONENT                  the record of what was confirmed by transactions that are purged since
#   tx/STATE/ID/                    a transaction; the folder it lies in is its state, and every step is one rename
#   tx/staged/ID@PROCESS.NONCE/     one that is being staged, and is staged once the mark of that name is in it
#     manifest, commands            what the runner wrote: shell text that is read with `visit`
#     moves, made, beside           what is renamed where; folders that are made; folders beside targets that are ours
#     to/COMPONENT from/COMPONENT   records: the digest, then a line for every file, as `survey` writes them
#     new/ old/                     the bytes, on the targets' own file system, so that each step is a rename
#     why.WORD exit.CODE order.N began.COMPONENT stuck     marks: empty files, which a full disk can still make
#     deadline timer unit command     notes: made at stage, then overwritten in place, which needs no space either
#
# Two locks. `lock` is held for the work of one verb, never while a command of the user's runs. `work` is held by
# whoever switches or restores. Who needs both takes `work` first.

# What a subshell changes is for the process it starts, and meant to be lost:
# shellcheck disable=SC2030,SC2031
# `a && b || refuse` where b cannot leave things half done:
# shellcheck disable=SC2015

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
set -u

nl='
'
tab='	'
