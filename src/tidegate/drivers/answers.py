"""What the device program answers: lines to answers, one for each verb that was carried out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import unquote

from tidegate.model.answer import Answer, At, Done, Ended, Failed, Lost, Placed, Refused, Seen, Staged, Transaction
from tidegate.model.verb import Apply, Confirm, Forget, Heartbeat, Inspect, Login, Look, Revert, Stage, Verb, Why

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer; a device that says more is not understood."""
_FIELD = re.compile(r"(?:[A-Za-z0-9:._/@,=+-]|%[0-9a-f]{2})*")

_Lines: TypeAlias = Mapping[str, Sequence[Sequence[str]]]
"""What was said about one verb: key -> the fields of every line with it."""


def is_whole(said: bytes | bytearray, nonce: str) -> bool:
    """Has the line been read that ends the answer to the request with that nonce?"""
    last = f"TG1 {nonce} end ".encode()
    at = 0 if said.startswith(last) else said.find(b"\n" + last)
    return at >= 0 and said.find(b"\n", at + 1) > 0


def read_answers(said: bytes, nonce: str, verbs: Sequence[Verb]) -> Sequence[Answer]:
    """One answer for each verb that was carried out, in order; the last is `Lost` where the answer was cut short.

    Only lines with the nonce count. What stands between them is noise: a login banner, a command's own words.
    """
    if len(said) > ANSWER_LIMIT:
        return (Lost("it said more than anybody would read"),)
    try:
        heard, ended = _groups(said, nonce)
        whole = heard if ended else heard[:-1]
        answers: list[Answer] = [_answer(name, lines, verb) for (name, lines), verb in zip(whole, verbs, strict=False)]
    except (ValueError, KeyError, IndexError) as error:
        return (Lost(f"an answer that cannot be read: {error}"),)
    if not ended:
        answers.append(Lost("the answer was cut off"))
    return answers or (Lost("nothing was answered"),)


def _groups(said: bytes, nonce: str) -> tuple[list[tuple[str, dict[str, list[list[str]]]]], bool]:
    """What was said about each verb, and whether the last line said that this was all."""
    groups: list[tuple[str, dict[str, list[list[str]]]]] = []
    for line in said.decode("ascii", errors="replace").split("\n"):
        words = line.split(" ")
        if words[:2] != ["TG1", nonce] or len(words) < 3:
            continue
        key, fields = words[2], words[3:]
        if not all(map(_FIELD.fullmatch, fields)):
            raise ValueError(f"a field of `{key}`")
        if key == "end":
            return groups, True
        if key == "verb" or not groups:
            groups.append((fields[0] if key == "verb" else "", {}))
        if key != "verb":
            groups[-1][1].setdefault(key, []).append([unquote(field, errors="replace") for field in fields])
    return groups, False


_CALLED: Mapping[type[Verb], str] = {
    Inspect: "inspect",
    Stage: "stage",
    Apply: "apply",
    Look: "probe",
    Login: "probe",
    Heartbeat: "heartbeat",
    Confirm: "confirm",
    Revert: "revert",
    Forget: "forget",
}


def _answer(name: str, lines: _Lines, verb: Verb) -> Answer:
    text = lines["text"][0][0] if "text" in lines else ""
    if "refused" in lines:
        return Refused(lines["refused"][0][0], text)
    if "failed" in lines:
        return Failed(text)
    if "stopped" in lines:
        return Lost("it was stopped")
    if name != _CALLED[type(verb)]:
        raise ValueError(f"`{name}` where {_CALLED[type(verb)]} was asked")
    match verb:
        case Inspect() | Heartbeat():
            return _seen(lines)
        case Stage():
            former = {said[0]: said[1] for said in lines.get("ran", ())}
            return Staged(tuple(lines["staged"][0]), former, lines["beside"][0][0] if "beside" in lines else "")
        case Apply() | Look() | Login():
            return Ended(int(lines["ended"][0][0]), text)
        case Confirm() | Revert():
            at, *more = lines["placed"][0]
            return Placed(At(at), sealed="sealed" in more, superseded="superseded" in more)
        case Forget():
            return _done(lines)


def _done(lines: _Lines) -> Done:
    _ = lines["forgotten"]
    return Done()


def _seen(lines: _Lines) -> Seen:
    return Seen(
        highest=int(lines["highest"][0][0]),
        boot=lines["boot"][0][0],
        free=int(lines["free"][0][0]) if "free" in lines else None,
        runs={said[0]: said[1] for said in lines.get("runs", ())},
        transactions={said[0]: _transaction(said) for said in lines.get("tx", ())},
        open=lines["open"][0][0] if "open" in lines else "",
        running=lines["unit"][0][0] == "running",
    )


def _transaction(said: Sequence[str]) -> Transaction:
    name, at, why, code, stuck = said
    return Transaction(
        id=name,
        at=At(at),
        why=None if why == "-" else Why(why),
        exit=None if code == "-" else int(code),
        stuck=stuck == "stuck",
    )
