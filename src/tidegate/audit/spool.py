"""The local spool: events that survive our death before what follows from them is done."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tidegate.errors import AuditError, LeaseLost
from tidegate.model.canonical import canonical
from tidegate.model.event import Event
from tidegate.model.event_file import event_json, parse_event


class Spool(Protocol):
    """What one holder of the lease knows and may not have written to the branch yet."""

    def write(self, events: Sequence[Event]) -> None:
        """Returns once they would survive our death. LeaseLost after `end`."""

    def end(self) -> None:
        """Everything is on the branch: nobody needs it any more."""


class Spools(Protocol):
    """The spools of this machine, by audit branch, rollout and token."""

    def create(self, audit: str, rollout: str, token: int) -> Spool:
        """A new one. AuditError where there is one."""

    def left(self, audit: str, rollout: str, token: int) -> Sequence[Event]:
        """What a predecessor on this machine left behind; nothing where there is none, or it is dead."""

    def bury(self, audit: str, rollout: str, token: int) -> None:
        """What was left is on the branch now: it is dead, and never read again."""


def spool_folder(environ: Mapping[str, str], state: Path) -> Path:
    """`$TIDEGATE_SPOOL`, or a folder in our own state; never in the work tree."""
    return Path(environ["TIDEGATE_SPOOL"]) if environ.get("TIDEGATE_SPOOL") else state / "spool"


@dataclass(frozen=True, slots=True)
class Left:
    """A spool that is there: of a process that lives, or of one that died."""

    rollout: str
    token: int


class FileSpools:
    """A file for each spool, `<folder>/<audit>/<rollout>.<token>.jsonl`, one event a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, audit: str, rollout: str, token: int) -> FileSpool:
        path = self._path(audit, rollout, token)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _sync_folder(path.parent)
        except OSError as error:
            wrong = f"cannot make the spool {path}: {error.strerror}"
            raise AuditError(wrong, hint="TIDEGATE_SPOOL names a folder to use instead.") from error
        return FileSpool(path)

    def all(self, audit: str) -> Sequence[Left]:
        """Those of an audit branch that are not dead, the oldest first."""
        found = (path.stem.rpartition(".") for path in (self._folder / audit).glob("*.jsonl"))
        return sorted((Left(rollout, int(token)) for rollout, _, token in found), key=lambda left: left.token)

    def left(self, audit: str, rollout: str, token: int) -> Sequence[Event]:
        path = self._path(audit, rollout, token)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return ()
        # What follows the last line feed is a line that its writer did not live to finish: nothing followed from it.
        lines = content.split(b"\n")[:-1]
        try:
            return tuple(parse_event(json.loads(line)) for line in lines)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            wrong = f"the spool {path} is damaged: {error}"
            raise AuditError(wrong, hint="Move it away to go on without it.") from error

    def bury(self, audit: str, rollout: str, token: int) -> None:
        path = self._path(audit, rollout, token)
        if path.exists():
            path.rename(path.with_suffix(".dead"))

    def _path(self, audit: str, rollout: str, token: int) -> Path:
        return self._folder / audit / f"{rollout}.{token}.jsonl"


class FileSpool:
    """One of them, for its one writer. Opened for each write: once it is buried, its writer has lost the lease."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, events: Sequence[Event]) -> None:
        content = b"".join(canonical(event_json(event)) + b"\n" for event in events)
        try:
            with self._path.open("r+b", buffering=0) as file:
                file.seek(0, os.SEEK_END)
                while content:
                    content = content[file.write(content) or 0 :]
                os.fsync(file.fileno())
        except FileNotFoundError as error:
            wrong = f"the spool {self._path} was taken over, or its lease is released: nothing more is written down"
            raise LeaseLost(wrong, hint="See: tidegate status") from error
        except OSError as error:
            wrong = f"cannot write the spool {self._path}: {error.strerror}"
            raise AuditError(
                wrong, hint="Nothing was done that is not written down. Make room, then: resume"
            ) from error

    def end(self) -> None:
        self._path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
