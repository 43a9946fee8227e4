"""Which device gets what when: a value with a digest that approvals bind to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from tidegate.model.canonical import NONE, digest

Digests: TypeAlias = Mapping[str, str]
"""Component name -> `sha256:<hex>` or `none`."""


class Kind(StrEnum):
    DEPLOY = "deploy"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class PlannedComponent:
    """`change` is the change digest; `order` its place in a device's transaction; `health` are its own probes.

    `reconnect`: a device on which it changes is confirmed only over a new connection.
    """

    change: str
    order: int = 0
    health: tuple[str, ...] = ()
    reconnect: bool = False


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """How a device is reached (digest), what it shall hold, and the seconds it may take to apply."""

    reach: str
    to: Digests
    timeout: int = 300


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """A wave with frozen membership. `soak` in seconds; `allowed`, `unreachable`, `parallel` in devices.

    `health` are the probes that look at every member; those of a component look at devices on which it changes.
    `staging`: nothing that it selects counts as production.
    """

    name: str
    leg: str
    members: tuple[str, ...]
    environment: str = ""
    approvals: int = 0
    approvers: tuple[str, ...] = ()
    soak: int = 600
    health: tuple[str, ...] = ()
    allowed: int = 0
    unreachable: int = 0
    parallel: int = 32
    confirm: Literal["soaked", "verified"] = "soaked"
    staging: bool = False


@dataclass(frozen=True)
class Plan:
    """What will happen, exactly. `covered` is hashed; the other fields are recorded beside it."""

    project: str
    strategy: str
    kind: Kind
    components: Mapping[str, PlannedComponent]
    devices: Mapping[str, PlannedDevice]
    waves: tuple[PlannedWave, ...]
    probes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    on_failure: Literal["wave", "rollout", "hold"] = "wave"
    sensitivity: Literal["default", "noisy", "strict", "off"] = "default"
    before: Mapping[str, Digests] = field(default_factory=lambda: MappingProxyType({}))
    revision: str = ""
    policies: str = ""
    tool: str = ""
    proves: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    risks: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def digest(self) -> str:
        from tidegate.model.plan_file import covered

        return digest(covered(self))

    @cached_property
    def wave_of(self) -> Mapping[str, int]:
        """Device name -> index of its wave."""
        return {name: index for index, wave in enumerate(self.waves) for name in wave.members}

    @cached_property
    def targets(self) -> Mapping[tuple[str, str], str]:
        """(device, component) -> the digest it shall have."""
        return {(name, component): to for name, planned in self.devices.items() for component, to in planned.to.items()}

    def former(self, device: str, component: str) -> str:
        """The digest that the record says a component has on a device; `none` where it says nothing."""
        return self.before.get(device, {}).get(component, NONE)

    @cached_property
    def health_by_wave(self) -> Mapping[str, tuple[str, ...]]:
        """Wave name -> names of the probes that look at any of its members."""
        return {
            wave.name: tuple(dict.fromkeys(probe for name in wave.members for probe in self.health_of(name)))
            for wave in self.waves
        }

    def health_of(self, device: str) -> tuple[str, ...]:
        """Names of the probes that look at a device: its wave's, and those of the components that change on it."""
        own = (probe for component in self.devices[device].to for probe in self.components[component].health)
        return tuple(dict.fromkeys((*self.waves[self.wave_of[device]].health, *own)))
