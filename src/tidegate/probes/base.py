"""What a probe owes: one look at one device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tidegate.model.answer import Answer
from tidegate.model.project import Device, Probe

Ask: TypeAlias = Callable[[Device, str, int], Awaitable[Answer]]
"""Runs a command on a device (device, command, timeout in seconds): how a probe looks from inside."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look saw. `healthy` None: the look itself could not be made (that is no evidence, not a pass)."""

    healthy: bool | None
    text: str = ""


class Prober(Protocol):
    """One look. Bounded by `probe.timeout` seconds, raises nothing: what goes wrong is in the glance."""

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance: ...

    async def close(self) -> None:
        """Let go of connections."""
