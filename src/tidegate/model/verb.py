"""What may be asked of a device: values that the engine decides on and a driver carries out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tidegate.model.artifact import Artifact, Mark

Fill: TypeAlias = Callable[[Mark], bytes]
"""Gives a secret's bytes, already filtered. Called while a device is staged, kept nowhere."""


class Why(StrEnum):
    """Why a transaction went back; the device stores it. The last three are the device's own words."""

    FAILED = "failed"
    BACK = "back"
    INTERRUPTED = "interrupted"
    DEADLINE = "deadline"
    BOOT = "boot"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Instead of an artifact: what the device held before an earlier transaction of its own (files as found)."""

    transaction: str


@dataclass(frozen=True, slots=True)
class Load:
    """One component in a transaction. `now` is the digest that must run before (`none`: whatever is there)."""

    component: str
    now: str
    to: str
    content: Artifact | Snapshot
    validate: tuple[str, ...] = ()
    activate: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    over_drift: bool = False


@dataclass(frozen=True, slots=True)
class Inspect:
    """What runs (of these components), what is open, the highest token seen. Takes no lock for long.

    `space`: how much is free, too, which takes a program more on the device.
    """

    components: tuple[str, ...]
    space: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that can fail early: bytes, backups, the device's own validation. Changes nothing that runs."""

    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """Arm (the device reverts by itself `deadline` seconds from now), switch, activate: one command."""

    deadline: int


@dataclass(frozen=True, slots=True)
class Look:
    """Run a probe's command on the device; `timeout` in seconds. Takes no lock."""

    command: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Login:
    """Come in anew, as if for the first time, and run a command that does nothing. Takes no lock."""

    timeout: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Move the deadline to that many seconds from now."""

    deadline: int


@dataclass(frozen=True, slots=True)
class Confirm:
    """Let go of the dead man's switch: what runs stays. `anew`: over a connection that was opened after the switch."""

    anew: bool = False


@dataclass(frozen=True, slots=True)
class Revert:
    """Go back to the snapshot. Works on armed and on the newest confirmed; seals an unknown transaction."""

    why: Why


@dataclass(frozen=True, slots=True)
class Forget:
    """Lift a quarantine: a person has looked."""


Verb: TypeAlias = Inspect | Stage | Apply | Look | Login | Heartbeat | Confirm | Revert | Forget


def comes_anew(verbs: Iterable[Verb]) -> bool:
    """Is there one that counts only over a connection which is opened for it?"""
    return any(isinstance(verb, Login) or (isinstance(verb, Confirm) and verb.anew) for verb in verbs)


@dataclass(frozen=True, slots=True)
class Address:
    """On whose behalf a verb is sent: the audit branch's id, the fencing token, the transaction."""

    scope: str
    token: int
    transaction: str
