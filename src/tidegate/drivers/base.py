"""What a driver owes: carry out verbs on one device, in order, and say what the device answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tidegate.model.answer import Answer
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Verb


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a driver can promise. `fence`: the device itself refuses a lower token than it has seen."""

    revert: Literal["atomic", "inverse", "none"]
    fence: bool
    survives_reboot: bool


class Driver(Protocol):
    """A way to reach devices.

    `ask` sends verbs to one device as one request and returns one answer for each that was carried out, in order. It
    stops after the first that is not an acceptance (`Refused`, `Failed`, `Lost`, or `Ended` with another exit code
    than 0): the last answer returned is that one. Every verb is idempotent, keyed by the transaction in `address`.
    A device that says nothing, an answer cut short, a time-out are `Lost`; nothing a device does is raised. What lies
    with us (a missing program on the runner, a wrong option) is a `DriverError`. `fill` is called only for `Stage`.
    A request with a `Confirm` that is to come `anew` goes over a connection that is opened for it.
    `deadline` is seconds for the whole request. Calls for one device are never made at the same time; calls for
    different devices are.
    """

    capabilities: Capabilities

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]: ...

    async def close(self) -> None:
        """Let go of sessions. Devices are left as they are."""
