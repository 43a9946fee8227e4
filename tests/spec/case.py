"""What is played: waves as words, faults by name, kills, people, and when the remote is away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Literal

from tidegate.model.plan import Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave
from tidegate.model.project import Probe

if TYPE_CHECKING:
    from spec.roll import Play

OLD, NEW = "sha256:old", "sha256:new"
SERVES = Probe("serves", "command", "look", where="device", interval=10, successes=1, failures=2)
FAMILY = "shop.default-1."


@dataclass(frozen=True, slots=True)
class At:
    """The runner is killed so many seconds after it took the lease."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Spooling:
    """The runner is killed while it writes its nth event down: before it is kept, or right after."""

    nth: int
    kept: bool


Kill = At | Spooling
Later = tuple[float, "Callable[[Play], None]"]


@dataclass(frozen=True)
class Case:
    """One rollout to play.

    `faults` are words of the simulated driver, by device. `legs` name the leg of each wave: then every runner works
    on one. `kills` are one for each runner, in order; the last runner lives. `away` seconds pass before the next one
    takes over, on the same machine (it can read the spool, but for its last `cut` events) or not. `people` answer
    every ask so; `hold` is what somebody answers to a hold (None: nobody does). `later` are things that happen so
    many seconds after the beginning. No runner works for longer than it `lasts`.
    """

    waves: tuple[str, ...]
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allowed: int = 0
    unreachable: int = 0
    parallel: int = 32
    soak: int = 60
    confirm: Literal["soaked", "verified"] = "soaked"
    on_failure: Literal["wave", "rollout", "hold"] = "wave"
    sensitivity: Literal["default", "noisy", "strict", "off"] = "off"
    approvals: int = 0
    legs: tuple[str, ...] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    latency: float = 0.1
    timeout: int = 60
    probes: tuple[Probe, ...] = (SERVES,)
    kills: tuple[Kill, ...] = ()
    away: float = 30
    same_machine: bool = True
    cut: int = 0
    people: Literal["approve", "reject"] | None = "approve"
    hold: Literal["go", "back", "end"] | None = "end"
    later: tuple[Later, ...] = ()
    over_drift: str = ""
    overtaken: float | None = None
    lasts: float = inf

    @property
    def devices(self) -> tuple[str, ...]:
        return tuple(name for wave in self.waves for name in wave.split())

    def plan(self) -> Plan:
        return Plan(
            project="shop",
            strategy="default",
            kind=Kind.DEPLOY,
            components={"nginx": PlannedComponent("sha256:change")},
            devices={name: PlannedDevice("sha256:reach", {"nginx": NEW}, self.timeout) for name in self.devices},
            waves=tuple(self._wave(number, words) for number, words in enumerate(self.waves)),
            before={name: {"nginx": OLD} for name in self.devices},
            on_failure=self.on_failure,
            sensitivity=self.sensitivity,
        )

    def _wave(self, number: int, words: str) -> PlannedWave:
        leg = self.legs[number] if self.legs else ""
        return PlannedWave(
            name=f"wave-{number + 1}",
            leg=leg,
            environment=leg,
            members=tuple(words.split()),
            approvals=self.approvals if number else 0,
            soak=self.soak,
            health=tuple(probe.name for probe in self.probes),
            allowed=self.allowed,
            unreachable=self.unreachable,
            parallel=self.parallel,
            confirm=self.confirm,
        )
