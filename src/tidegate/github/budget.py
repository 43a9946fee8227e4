"""How much GitHub is told, and how fast: a bucket for writes, a ladder from a check per device down to none; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from tidegate.github.wire import Allowance
from tidegate.report.people import count

_MINUTE, _HOUR = 60.0, 3600.0


class Level(IntEnum):
    """What gets a check. Each rung has all that the lower ones have."""

    NONE = 0
    ONE = 1
    WAVES = 2
    WORST = 3
    DEVICES = 4


class Rank(IntEnum):
    """What is sent first. `WORST` has those up to `CANARY`, `DEVICES` all."""

    ROLLOUT = 0
    WAVE = 1
    FAILED = 2
    CANARY = 3
    STAGING = 4
    REST = 5


_RUNG = {Rank.ROLLOUT: Level.ONE, Rank.WAVE: Level.WAVES, Rank.FAILED: Level.WORST, Rank.CANARY: Level.WORST}


def rung(rank: Rank) -> Level:
    """The lowest level at which it is sent."""
    return _RUNG.get(rank, Level.DEVICES)


@dataclass(frozen=True, slots=True)
class Budget:
    """GitHub takes about 80 writes a minute and 500 an hour from anyone; a workflow's token has 1,000 requests an hour.

    `reserve`: so many requests are left for the record and the last words. `every`: seconds between two updates of
    one check. `updates`: how often a wave is expected to be updated.
    """

    per_minute: int = 50
    per_hour: int = 400
    reserve: int = 150
    devices: int = 200
    every: float = 30.0
    updates: int = 6


@dataclass(frozen=True, slots=True)
class Scale:
    """What there is to tell: numbers of waves, of devices, and of those in canaries."""

    waves: int
    devices: int
    canaries: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Two allowances that fill up again with time, as of `at` (monotonic seconds)."""

    minute: float
    hour: float
    at: float

    def filled(self, budget: Budget, now: float) -> Bucket:
        passed = max(0.0, now - self.at)
        return Bucket(
            min(budget.per_minute, self.minute + passed * budget.per_minute / _MINUTE),
            min(budget.per_hour, self.hour + passed * budget.per_hour / _HOUR),
            now,
        )

    def wait(self, budget: Budget) -> float:
        """Seconds until a write fits; 0 where it does now."""
        minute = (1 - self.minute) * _MINUTE / budget.per_minute
        hour = (1 - self.hour) * _HOUR / budget.per_hour
        return max(0.0, minute, hour)

    def less(self) -> Bucket:
        """After one write."""
        return Bucket(self.minute - 1, self.hour - 1, self.at)


def full(budget: Budget, now: float) -> Bucket:
    return Bucket(budget.per_minute, budget.per_hour, now)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The level, and why it is not a higher one; empty at the highest."""

    level: Level
    why: str


def choose(scale: Scale, budget: Budget, writes: float, allowance: Allowance | None) -> Chosen:
    """The highest level that can be afforded: by `writes` left this hour, and by GitHub's allowance, where known.

    A fleet with more devices than may have checks of their own shows the failed ones and the canary, so that there is
    room for them whenever they come.
    """
    requests = None if allowance is None else max(0, allowance.remaining - budget.reserve)
    left = int(writes if requests is None else min(writes, requests))
    few = "GitHub takes" if requests is None or writes <= requests else "the token has"
    for level in (Level.DEVICES, Level.WORST, Level.WAVES, Level.ONE):
        needed = need(level, scale, budget)
        if level is Level.DEVICES and scale.devices > budget.devices:
            continue
        if needed <= left:
            return Chosen(level, _why(level, scale, budget, few, left))
    return Chosen(Level.NONE, f"{few} only {count(left, 'request')} more this hour")


def need(level: Level, scale: Scale, budget: Budget) -> int:
    """Writes that a level is expected to take."""
    one = 1 + budget.updates
    waves = one + scale.waves * one
    worst = waves + min(budget.devices, scale.canaries + max(5, scale.devices // 20))
    return {
        Level.NONE: 0,
        Level.ONE: one,
        Level.WAVES: waves,
        Level.WORST: worst,
        Level.DEVICES: waves + scale.devices,
    }[level]


def _why(level: Level, scale: Scale, budget: Budget, few: str, left: int) -> str:
    if level is Level.DEVICES:
        return ""
    if level is Level.WORST and scale.devices > budget.devices:
        return f"{scale.devices} devices are more than {budget.devices} checks"
    return f"{few} only {count(left, 'request')} more this hour"


def said(chosen: Chosen) -> str:
    """One sentence for the summary and the record."""
    what = {
        Level.NONE: "GitHub is told nothing",
        Level.ONE: "One check for the rollout",
        Level.WAVES: "A check for each wave, none for devices",
        Level.WORST: "Checks for devices that failed and for canaries",
        Level.DEVICES: "A check for each device",
    }[chosen.level]
    return f"{what}: {chosen.why}." if chosen.why else f"{what}."
