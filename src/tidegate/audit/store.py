"""Where the branch lies: a port with one act, compare and swap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from tidegate.audit.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Tip:
    """The branch as of one commit. `digest` is of the newest segment, `audit` the branch's id."""

    commit: str
    seq: int
    digest: str
    audit: str
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Entry:
    """What one commit adds: files by path. `title` is for people who read the branch with git."""

    files: Mapping[str, bytes]
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unwritten:
    """It is not on the branch, as far as could be read. It may still land, as long as nothing else did."""

    words: str


Added: TypeAlias = Tip | Unwritten


class Store(Protocol):
    """A branch that only grows.

    Every method raises RemoteAway where the branch cannot be reached, after which what was sent may or may not be
    written; `Tampered` where it is not a continuation of what was last seen from here; `NoBranch` where there is none.
    `name` says to people where it lies.
    """

    name: str

    async def fetch(self) -> Tip:
        """The branch as it is now."""

    async def add(self, tip: Tip, entry: Entry) -> Added:
        """Write `entry` if the branch still ends with `tip`; then read it. A Tip that is, or follows, ours."""

    async def create(self, entry: Entry) -> Added:
        """Make the branch, if it is not there; then read it."""
