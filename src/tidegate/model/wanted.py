"""What a project asks for, as digests: the planner's whole knowledge of contents and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """One component on one device. `artifact` and `commands` are digests (records.md); `timeout` seconds to apply."""

    artifact: str
    commands: str
    timeout: int = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """The whole project: device -> component -> Wanted, and device -> reach digest."""

    devices: Mapping[str, Mapping[str, Wanted]]
    reach: Mapping[str, str]
