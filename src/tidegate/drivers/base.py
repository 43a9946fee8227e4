"""What a driver owes: carry out verbs on one device, in order, and say what the device answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

from tidegate.clock import Clock
from tidegate.model.answer import Answer, Lost, Refused
from tidegate.model.examined import Examined
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Verb


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a driver can promise. `fence`: the device itself refuses a lower token than it has seen.

    `survives_reboot`: what was armed goes back at the next boot by itself, on which devices.
    """

    revert: Literal["atomic", "inverse", "none"]
    fence: bool
    survives_reboot: Literal["always", "with systemd", "no"]


@dataclass(frozen=True, slots=True)
class Runner:
    """The machine we run on, as far as drivers may know it.

    `base` is the project's folder, `host_keys` the known_hosts files of the revision by path. `secret` gives the
    bytes of a secret by its name; UsageError where there is none.
    """

    base: Path
    clock: Clock
    environ: Mapping[str, str]
    secret: Callable[[str], bytes]
    host_keys: Mapping[str, str]


class Driver(Protocol):
    """A way to reach devices.

    `ask` sends verbs to one device as one request and returns one answer for each that was carried out, in order. It
    stops after the first that is not an acceptance (`Refused`, `Failed`, `Lost`, or `Ended` with another exit code
    than 0): the last answer returned is that one. Every verb is idempotent, keyed by the transaction in `address`.
    A device that says nothing, an answer cut short, a time-out are `Lost`; nothing a device does is raised. What lies
    with us (a missing program on the runner, a wrong option) is a `DriverError`. `fill` is called only for `Stage`.
    A request of which one verb `comes_anew` goes over a connection that is opened for it.
    `deadline` is seconds for the whole request. Calls for one device are never made at the same time; calls for
    different devices are.
    """

    capabilities: Capabilities

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        """Ready for these devices. DriverError for what will not do, and lies with us: before anything is asked."""

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]: ...

    async def examine(self, device: Device, *, deadline: float) -> Examined | Lost | Refused:
        """Is it fit? Changes nothing on it, not even for a moment. `deadline` in seconds."""

    async def close(self) -> None:
        """Let go of sessions. Devices are left as they are."""
