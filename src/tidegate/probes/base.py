"""What a probe owes: one look at one device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tidegate.model.answer import Answer
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Login, Look

Ask: TypeAlias = Callable[[Device, Look | Login], Awaitable[Answer]]
"""Asks a device by way of its driver: how a probe looks from inside, or through the door that rollouts use."""


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
