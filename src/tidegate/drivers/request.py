"""What is said to the device program: verbs become a frame of shell text, and behind it the bytes that are uploaded."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import shlex
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.errors import DriverError
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
)

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHORT = 1536
"""Bytes of files that travel in the text: a shell reads it byte by byte; beyond, a process of its own is cheaper."""
_BLOCK = tarfile.RECORDSIZE
_ODD = "surrogateescape"


def request(verbs: Sequence[Verb], *, nonce: str, address: Address, limit: int, fill: Fill) -> bytes:
    """A frame: a line that says what comes, lines of shell text, and bytes of which the text says how many they are.

    A shell does nothing before it has the whole text, and nothing with an upload that was cut short. `limit` is how
    many seconds somebody will wait for the answer.
    """
    for name in (address.scope, address.transaction):
        _check_name(name)
    upload = b""
    calls = []
    for verb in verbs:
        if isinstance(verb, Stage):
            words, upload = _stage(verb, fill)
        else:
            words = _words(verb)
        calls.append(shlex.join(words) + "\n")
    text = "".join(calls)
    said = (nonce, address.scope, str(address.token), address.transaction, str(limit), str(text.count("\n")))
    return f"TG1 {' '.join(said)}\n{text}".encode(errors=_ODD) + upload


def _words(verb: Verb) -> Sequence[str]:
    match verb:
        case Inspect(components=components, space=space):
            return ("inspect", *(("-s",) if space else ()), *map(_check_name, components))
        case Stage():
            raise AssertionError("it comes with an upload")
        case Apply(deadline=deadline):
            return ("apply", str(deadline))
        case Look(command=command, timeout=timeout):
            return ("probe", command, str(timeout))
        case Login(timeout=timeout):
            return ("probe", "true", str(timeout))
        case Heartbeat(deadline=deadline):
            return ("heartbeat", str(deadline))
        case Confirm():
            return ("confirm",)
        case Revert(why=why):
            return ("revert", why.value)
        case Forget():
            return ("forget",)


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise DriverError(f"`{name}` cannot be a name on a device", hint="Names are letters, digits, `.`, `_` and `-`")
    return name


# What is staged.


@dataclass(frozen=True, slots=True)
class _File:
    """One file that is put: where, with which mode, and its bytes, secrets filled in."""

    target: str
    mode: str
    content: bytes


def _stage(stage: Stage, fill: Fill) -> tuple[Sequence[str], bytes]:
    """`stage MANIFEST HOW SIZE TARGET MODE [TARGET MODE TEXT]...`, and the upload that the first of them speak of."""
    sent = [
        _File(entry.target, entry.mode, _content(entry, fill))
        for load in stage.loads
        if isinstance(load.content, Artifact)
        for entry in load.content.entries
    ]
    sums = {file.target: hashlib.sha256(file.content).hexdigest() for file in sent}
    short, long = _sort(sent)
    how, upload = _pack(long)
    texts = [word for file in short for word in (file.target, file.mode, file.content.decode(errors=_ODD))]
    return ("stage", "".join(_manifest(stage, sums)), *how, *texts), upload


def _content(entry: Entry, fill: Fill) -> bytes:
    return b"".join(fill(part) if isinstance(part, Mark) else part for part in entry.parts)


def _sort(files: Sequence[_File]) -> tuple[list[_File], list[_File]]:
    """Those that travel as text, and those that do not."""
    short: list[_File] = []
    long: list[_File] = []
    room = _SHORT
    for file in files:
        fits = len(file.content) <= room and b"\0" not in file.content
        room -= len(file.content) if fits else 0
        (short if fits else long).append(file)
    return short, long


def _pack(files: Sequence[_File]) -> tuple[Sequence[str], bytes]:
    """One file goes as it is, several as a tar: one program less on the device."""
    match files:
        case []:
            return ("-", "0", "-", "-"), b""
        case [file] if 0 < len(file.content) <= 1024 * 1024:
            return ("raw", str(len(file.content)), file.target, file.mode), file.content
        case _:
            packed = _tar(files)
            return ("tar", str(len(packed) // _BLOCK), "-", "-"), packed


def _tar(files: Sequence[_File]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for file in files:
            member = tarfile.TarInfo(file.target.lstrip("/"))
            member.size, member.mode = len(file.content), int(file.mode, 8)
            tar.addfile(member, io.BytesIO(file.content))
    return packed.getvalue()


def _manifest(stage: Stage, sums: Mapping[str, str]) -> Iterator[str]:
    """Shell text that calls the program's `load`, `file`, `own`, `validate` and `activate`, component by component.

    `sums` has what the files' bytes hash to, secrets filled in: the device reads that back, and need not find it out.
    """
    for load in stage.loads:
        snapshot = load.content.transaction if isinstance(load.content, Snapshot) else "-"
        over = "yes" if load.over_drift else "no"
        yield _line("load", _check_name(load.component), load.now, load.to, over, snapshot)
        if isinstance(load.content, Artifact):
            yield from (_file(entry, sums) for entry in load.content.entries)
            for folder in load.content.gone:
                yield _line("own", _check_target(folder))
        variables = _variables(load)
        for command in load.validate:
            yield _line("validate", command, *variables)
        for command in load.activate:
            yield _line("activate", command, *variables)


def _file(entry: Entry, sums: Mapping[str, str]) -> str:
    return _line("file", entry.mode, entry.owner, entry.group, _check_target(entry.target), sums[entry.target])


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
