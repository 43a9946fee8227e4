"""A device's words, parsed: a closed union that the machine reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from tidegate.model.verb import Why

DRIFTED = "drifted"
"""Said instead of a digest: what is on the disk is nothing that was recorded."""


class At(StrEnum):
    """Where a transaction is on the device: the name of the folder it lies in."""

    STAGED = "staged"
    ARMED = "armed"
    CONFIRMED = "confirmed"
    REVERTING = "reverting"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction on a device. `exit` is the apply's exit code (None: not ended). `stuck`: its revert failed."""

    id: str
    at: At
    why: Why | None = None
    exit: int | None = None
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Answer to inspect and heartbeat. `runs`: component -> digest, `none` or `drifted`.

    `free` in KiB, where it was asked for.
    `running` says whether this transaction's apply still runs. `open` is whatever transaction is armed or reverting.
    """

    highest: int
    boot: str
    runs: Mapping[str, str]
    transactions: Mapping[str, Transaction] = field(default_factory=lambda: MappingProxyType({}))
    open: str = ""
    running: bool = False
    free: int | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """All is on the device, and its own validation agreed.

    `found`: components whose files were there before us. `runs`: what ran before, component -> digest, `none` or
    `drifted`. `beside`: why that validation saw the staged files only beside the device's own, not in their place;
    empty where it saw the device as it will be, where there was none, and on a folder that stands for a device.
    """

    found: tuple[str, ...] = ()
    runs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command ended: apply or a probe. `text` is untrusted and short."""

    exit: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Answer to confirm and revert: where the transaction is now. `superseded` where a newer one stands on it."""

    at: At
    sealed: bool = False
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Answer to forget."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The device said no; nothing changed.

    `why`: `invalid`, `token`, a word of records.md's unfit list, or `already`: it runs all that was to be staged.
    """

    why: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The device tried and could not: a revert whose restore or activate failed."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer: contact lost, deadline over, an answer cut short. It says nothing about what happened.

    `unsent`: but for this, that nothing did: the device was not reached, so it cannot have heard what was asked.
    """

    text: str = ""
    unsent: bool = False


Answer: TypeAlias = Seen | Staged | Ended | Placed | Done | Refused | Failed | Lost
