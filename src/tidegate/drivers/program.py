"""What is said to the device program, and what it answers: verbs to shell text and a tar, lines to answers."""

from __future__ import annotations

import io
import posixpath
import re
import shlex
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TypeAlias
from urllib.parse import unquote

from tidegate.errors import DriverError
from tidegate.model.answer import Answer, At, Done, Ended, Failed, Lost, Placed, Refused, Seen, Staged, Transaction
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.verb import (
    Address,
    Apply,
    Confirm,
    Fill,
    Forget,
    Heartbeat,
    Inspect,
    Load,
    Login,
    Look,
    Revert,
    Snapshot,
    Stage,
    Verb,
    Why,
)

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer; a device that says more is not understood."""
_STARTER = 'program=$1 verbs=$2; shift 2; eval "$program"'
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIELD = re.compile(r"(?:[A-Za-z0-9:._/@,=+-]|%[0-9a-f]{2})*")

_Lines: TypeAlias = Mapping[str, Sequence[Sequence[str]]]
"""What was said about one verb: key -> the fields of every line with it."""


@cache
def device_program() -> str:
    """The text of the files in `device`, one after another by name; without comments, for it travels with requests."""
    parts = sorted(files("tidegate.drivers").joinpath("device").iterdir(), key=lambda part: part.name)
    lines = (line.lstrip("\t") for part in parts for line in part.read_text(encoding="utf-8").splitlines(keepends=True))
    return "".join(line for line in lines if not line.startswith("#") and line.strip())


def arguments(
    program: str, verbs: Sequence[Verb], *, nonce: str, root: str, device: str, address: Address, limit: int
) -> list[str]:
    """What a shell is called with, after its own name. Nothing in it is secret: it shows in a list of processes.

    `root` is a folder's absolute path, or empty; `limit` is how many seconds somebody will wait for the answer.
    """
    for name in (address.scope, address.transaction):
        _check_name(name)
    text = "; ".join([*map(_call, verbs), "finish 0"])
    title = f"tidegate: {address.transaction}"
    said = (nonce, root, device, address.scope, str(address.token), address.transaction, str(limit))
    return ["-c", _STARTER, title, program, text, *said]


def _call(verb: Verb) -> str:
    match verb:
        case Inspect(components=components):
            return shlex.join(["inspect", *map(_check_name, components)])
        case Stage():
            return "stage"
        case Apply(deadline=deadline):
            return f"apply {deadline}"
        case Look(command=command, timeout=timeout):
            return shlex.join(["probe", command, str(timeout)])
        case Login(timeout=timeout):
            return f"probe true {timeout}"
        case Heartbeat(deadline=deadline):
            return f"heartbeat {deadline}"
        case Confirm():
            return "confirm"
        case Revert(why=why):
            return f"revert {why.value}"
        case Forget():
            return "forget"


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise DriverError(f"`{name}` cannot be a name on a device", hint="Names are letters, digits, `.`, `_` and `-`")
    return name


# What is uploaded.


def payload(verbs: Sequence[Verb], fill: Fill) -> bytes:
    """The tar that `stage` unpacks: a manifest, and the files in a tree of their own. Empty where nothing is staged."""
    stages = [verb for verb in verbs if isinstance(verb, Stage)]
    if not stages:
        return b""
    (stage,) = stages
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "manifest", "0600", "".join(_manifest(stage)).encode())
        for load in stage.loads:
            if isinstance(load.content, Artifact):
                for entry in load.content.entries:
                    _add(tar, "new" + entry.target, entry.mode, _content(entry, fill))
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, mode: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), int(mode, 8)
    tar.addfile(member, io.BytesIO(content))


def _content(entry: Entry, fill: Fill) -> bytes:
    return b"".join(fill(part) if isinstance(part, Mark) else part for part in entry.parts)


def _manifest(stage: Stage) -> Iterator[str]:
    """Shell text that calls the program's `load`, `file`, `own`, `validate` and `activate`, component by component."""
    for load in stage.loads:
        snapshot = load.content.transaction if isinstance(load.content, Snapshot) else "-"
        over = "yes" if load.over_drift else "no"
        yield _line("load", _check_name(load.component), load.now, load.to, over, snapshot)
        if isinstance(load.content, Artifact):
            for entry in load.content.entries:
                yield _line("file", entry.mode, entry.owner, entry.group, _check_target(entry.target))
            for folder in load.content.gone:
                yield _line("own", _check_target(folder))
        variables = _variables(load)
        for command in load.validate:
            yield _line("validate", command, *variables)
        for command in load.activate:
            yield _line("activate", command, *variables)


def _line(*words: str) -> str:
    return shlex.join(words) + "\n"


def _check_target(target: str) -> str:
    plain = posixpath.normpath(target)
    if not target.startswith("/") or _CONTROL.search(target) or target.rstrip("/") != plain or target.startswith("//"):
        raise DriverError(f"{target!r} is no place on a device", hint="A target is an absolute, plain path of one line")
    return target


def _variables(load: Load) -> list[str]:
    variables = load.environment or {}
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            raise DriverError(f"`{name}` is no name of a variable", hint="Names are letters, digits and `_`")
    return [f"{name}={value}" for name, value in variables.items()]


# What is answered.


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
            return Staged(tuple(lines["staged"][0]))
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
        free=int(lines["free"][0][0]),
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
