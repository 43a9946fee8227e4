"""What changes on devices, file by file: devices on which the same changes are one group."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.canonical import NONE
from tidegate.report.artifact import mark_text

Before: TypeAlias = Literal["recorded", "nothing", "lost"]
"""What is known of the files that a device has: the record has them; it has nothing, so they are adopted as they are
found; or it has a digest whose files can no longer be rendered."""

HUNK = "@@"
"""Stands between lines that do not stand together in the file."""

_NO_NEWLINE = "<no newline at the end>"
_TOO_LONG = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One component on one device: the digest it has by the record, the artifact behind it if it can be had, and the
    new one."""

    device: str
    component: str
    digest: str
    former: Artifact | None
    new: Artifact

    @property
    def before(self) -> Before:
        if self.former is not None:
            return "recorded"
        return "nothing" if self.digest == NONE else "lost"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One target. `notes` are sentences; `lines` begin with `+` or `-`, or are HUNK. Nothing in it is defused."""

    target: str
    notes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Devices on which one component changes in the same way."""

    component: str
    devices: tuple[str, ...]
    before: Before
    files: tuple[FileChange, ...]


def grouped(changes: Iterable[Change]) -> tuple[Group, ...]:
    """The largest group first; of equal ones by component and device."""
    devices: dict[tuple[str, Before, tuple[FileChange, ...]], list[str]] = {}
    compared = cache(_compared)  # most devices have the same files
    for change in changes:
        key = (change.component, change.before, tuple(_files(change, compared)))
        devices.setdefault(key, []).append(change.device)
    groups = [Group(name, tuple(sorted(names)), before, files) for (name, before, files), names in devices.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.devices), group.component, group.devices)))


def _files(change: Change, compared: Callable[[Entry | None, Entry], FileChange]) -> Iterator[FileChange]:
    """The targets that differ, by name; of an artifact that is lost only what will be there."""
    old = {entry.target: entry for entry in change.former.entries} if change.former else {}
    new = {entry.target: entry for entry in change.new.entries}
    for target in sorted(old.keys() | new.keys()):
        if target not in new:
            yield FileChange(target, ("goes",))
        elif change.before == "lost":
            yield FileChange(target, (_described(new[target]),))
        elif old.get(target) != new[target]:
            yield compared(old.get(target), new[target])
    yield from _folders(change)


def _folders(change: Change) -> Iterator[FileChange]:
    old = frozenset(change.former.gone if change.former else ())
    new = frozenset(change.new.gone)
    for folder in sorted(new - old):
        yield FileChange(folder, ("owned from now on: what else is in it is removed",))
    for folder in sorted(old - new):
        yield FileChange(folder, ("not owned any more: what else comes to be in it stays",))


def _compared(old: Entry | None, new: Entry) -> FileChange:
    if old is None:
        return FileChange(new.target, (f"new, {_described(new)}",), tuple(_lines_between("", _text(new) or "")))
    notes = [*_changed("mode", old.mode, new.mode), *_changed("owner", _owner(old), _owner(new))]
    before, after = _text(old), _text(new)
    if old.parts == new.parts:
        return FileChange(new.target, tuple(notes))
    if before is None or after is None:
        return FileChange(new.target, (*notes, f"{_size(old)} become {_size(new)} that are no text"))
    if before.count("\n") + after.count("\n") > _TOO_LONG:
        return FileChange(new.target, (*notes, "changed, and too long to compare here"))
    return FileChange(new.target, tuple(notes), tuple(_lines_between(before, after)))


def _described(entry: Entry) -> str:
    no_text = "" if _text(entry) is not None else f", {_size(entry)} that are no text"
    return f"{entry.mode} {_owner(entry)}{no_text}"


def _changed(what: str, old: str, new: str) -> list[str]:
    return [f"{what} {old} becomes {new}"] if old != new else []


def _owner(entry: Entry) -> str:
    return f"{entry.owner}:{entry.group}"


def _size(entry: Entry) -> str:
    return f"{sum(len(part) for part in entry.parts if isinstance(part, bytes)):,} bytes"


def _text(entry: Entry) -> str | None:
    """Its content with secrets as marks; None where it is no text."""
    content = b"".join(mark_text(part).encode() if isinstance(part, Mark) else part for part in entry.parts)
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _lines_between(old: str, new: str) -> Iterator[str]:
    """Removed and added lines, without the lines around them: those differ from device to device."""
    diff = difflib.unified_diff(_lines(old), _lines(new), n=0, lineterm="")
    for number, line in enumerate(diff):
        if number < 3:  # the names of two files, and the first hunk
            continue
        yield HUNK if line.startswith(HUNK) else line


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [*lines, last, _NO_NEWLINE] if last else lines
