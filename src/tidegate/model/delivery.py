"""The delivery metrics as values: what `metrics` counts and `report` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sign(StrEnum):
    """Why a deployment counts as failed."""

    DEVICE = "device"
    HALTED = "halted"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; `low` and `high` bound the true share (0..1) at 95 %. They say nothing where `whole` is 0."""

    part: int
    whole: int
    low: float = 0.0
    high: float = 1.0

    @property
    def value(self) -> float | None:
        """0..1, or None: nothing to divide."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Case:
    """One deployment: a rollout in which a production device was switched, or was about to be.

    `applied` counts production devices that got so far, `confirmed` those that kept it, `fell` names those that
    failed or went back. `recovered` is when the last of them was read back good; None: nobody fell, or one still lies.
    """

    rollout: str
    opened: datetime
    result: str
    applied: int
    confirmed: int
    fell: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    caught: bool = False
    began: datetime | None = None
    recovered: datetime | None = None

    @property
    def failed(self) -> bool:
        return bool(self.signs)


@dataclass(frozen=True, slots=True)
class Frequency:
    """`done`: deployments that ended succeeded or partial, out of `attempts`. `days` is how long was looked at."""

    done: int
    attempts: int
    devices: int
    days: float

    @property
    def per_day(self) -> float:
        return self.done / self.days


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the first switch of a device that failed to the last one read back good; None where n is 0."""

    n: int
    still_open: int
    median: float | None = None
    p90: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Digest transitions: `ordinary` by rollouts, `break_glass`, and `unexplained` (found drifted by a rollout).

    `looked_at` of `known` devices were asked by a rollout at all in this time: that is all the share knows of.
    """

    ordinary: int
    break_glass: int
    unexplained: int
    looked_at: int
    known: int

    @property
    def all(self) -> int:
        return self.ordinary + self.break_glass + self.unexplained


@dataclass(frozen=True, slots=True)
class Delivery:
    """The numbers of the time from `since` to `until`. `first` is when the record begins, None where it is empty.

    `rollouts` counts all that were opened in this time, `running` the deployments that have not ended: those are
    attempts, and neither good nor failed yet. `rework`: rollbacks out of all rollouts that switched production.
    """

    since: datetime
    until: datetime
    first: datetime | None
    rollouts: int
    running: int
    frequency: Frequency
    failures: Share
    caught: int
    escaped: int
    recovery: Recovery
    rework: Share
    pipeline: Pipeline
    through: Share
    cases: tuple[Case, ...] = ()
