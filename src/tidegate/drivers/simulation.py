"""A simulated device: what lies on it, and what happens on it by itself, on a clock that it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TypeAlias

from tidegate.drivers.faults import Troubles
from tidegate.model.answer import DRIFTED, At, Transaction
from tidegate.model.canonical import NONE
from tidegate.model.verb import Why

HALF = "half written"
STRANGE = "somebody else's"
"""Bytes on a disk that no digest stands for."""
STRANGER = "other.default-1.1"
"""The transaction of another project, where a fault asks for one."""

Written: TypeAlias = tuple[str, str | None]
"""A digest, and the bytes it stands for on this device: a word for them, None where there are no files."""


@dataclass(slots=True)
class Change:
    """A transaction with its snapshot. `kept` is what was recorded before it was confirmed."""

    id: str
    at: At
    before: dict[str, Written] = field(default_factory=dict)
    to: dict[str, Written] = field(default_factory=dict)
    why: Why | None = None
    exit: int | None = None
    stuck: bool = False
    kept: dict[str, Written] | None = None

    def shown(self) -> Transaction:
        return Transaction(self.id, self.at, self.why, self.exit, self.stuck)


class SimulatedDevice:
    """The truth about one device. `disk`: what lies there; `have`: what is recorded; `open`: what is armed or
    reverting; `unit`: when the apply that runs will end (inf: none runs). All times are seconds of one clock.

    Between two asks nothing happens but what `settle` finds due, in its order, so an idle device costs nothing.
    """

    __slots__ = (
        "boot",
        "changes",
        "deadline",
        "disk",
        "have",
        "highest",
        "latency",
        "mishap",
        "open",
        "restored",
        "running",
        "switched",
        "touches",
        "troubles",
        "unit",
    )

    def __init__(self, runs: dict[str, str], troubles: Troubles, latency: float = 0.0) -> None:
        self.disk: dict[str, str | None] = dict(runs)
        self.have: dict[str, Written] = {name: (digest, digest) for name, digest in runs.items()}
        self.troubles = troubles
        self.latency = latency
        self.highest: dict[str, int] = {}
        self.changes: dict[str, Change] = {}
        self.open: Change | None = None
        self.running = False
        self.boot = 1
        self.touches = 0
        self.unit = self.restored = self.deadline = self.mishap = inf
        self.switched = inf
        if "drifts" in troubles:
            self.disk = dict.fromkeys(self.disk, STRANGE)
        if "foreign-transaction" in troubles:
            self._plant(Change(STRANGER, At.ARMED))
        if "quarantined" in troubles:
            self._plant(Change(STRANGER, At.REVERTING, stuck=True))

    def _plant(self, change: Change) -> None:
        self.open = self.changes[change.id] = change

    # What is true of it.

    def runs(self, component: str) -> str:
        """The digest of what lies there: one that is recorded, `none` where nothing is, else `drifted`."""
        records = [self.have[component]] if component in self.have else []
        if self.open is not None and component in self.open.to:
            records += (self.open.to[component], self.open.before[component])
        lies = self.disk.get(component)
        return next((digest for digest, content in records if content == lies), DRIFTED if records else NONE)

    def is_sick(self, now: float) -> bool:
        """Would its probes fail? They only do with the change."""
        with_the_change = now - self.switched
        if with_the_change < 0:
            return False
        return self.troubles.left("health-fails") >= 1 or with_the_change >= self.troubles.left(
            "health-fails-after", inf
        )

    def is_well(self, now: float) -> bool:
        """Does it run something whole, and do its probes say so?"""
        return HALF not in self.disk.values() and not self.is_sick(now)

    def is_reachable(self, now: float) -> bool:
        if "unreachable" in self.troubles:
            return False
        return not 0 <= now - self.switched < self.troubles.left("unreachable-after-apply")

    def is_locked(self, now: float) -> bool:
        """Does what it was switched to refuse new connections?"""
        return "reconnect-fails" in self.troubles and now >= self.switched

    # What happens to it.

    def settle(self, now: float) -> None:
        """Let happen what was due by then."""
        while (due := min(self.unit, self.restored, self.deadline, self.mishap)) <= now:
            if due == self.unit:
                self.finish_unit(due)
            elif due == self.restored:
                self.finish_restoring()
            elif due == self.mishap:
                self._suffer(due)
            elif self.open is not None:
                self.go_back(self.open, Why.DEADLINE, due)

    def reboot(self, now: float) -> None:
        """Power lost and back: what ran is gone; what was armed goes back, what went back begins again."""
        self.boot += 1
        self._stop_unit()
        self.restored = self.mishap = inf
        if self.open is not None and self.open.to:
            self.go_back(self.open, self.open.why or Why.BOOT, now)

    def meddle(self, component: str, content: str = STRANGE) -> None:
        """Somebody else writes a component's files."""
        self.disk[component] = content

    def _suffer(self, now: float) -> None:
        self.mishap = inf
        if self.troubles.left("drifts-after", inf) <= self.troubles.left("reboots-after", inf):
            self.disk = dict.fromkeys(self.disk, STRANGE)
        else:
            self.reboot(now)

    # Switching and restoring. Both take time; what is stopped leaves the disk as it is.

    def arm(self, change: Change, deadline: float) -> None:
        change.at, self.open, self.deadline = At.ARMED, change, deadline

    def start_unit(self, change: Change, now: float) -> None:
        """Begin to switch. It ends at `unit`; with a fault never, or when the power goes."""
        self.running = True
        self.disk.update(dict.fromkeys(change.to, HALF))
        self.unit = now + self.troubles.left("slow")
        if self.troubles.strikes("activate-hangs"):
            self._write(change.to, now)
            self.unit = inf
        if self.troubles.strikes("reboots-during-apply"):
            self.reboot(now)

    def finish_unit(self, now: float) -> None:
        change, self.running, self.unit = self.open, False, inf
        if change is None:
            return
        change.exit = 1
        if self.troubles.strikes("apply-fails"):
            self.disk.update({name: content for name, (_, content) in list(change.to.items())[:-1]})
        elif self.troubles.strikes("lies"):
            self._write(change.before, inf)
            change.exit = 0
        else:
            self._write(change.to, now)
            change.exit = 1 if self.troubles.strikes("activate-fails") else 0
        self.mishap = now + min(self.troubles.left("drifts-after", inf), self.troubles.left("reboots-after", inf))

    def go_back(self, change: Change, why: Why, now: float) -> None:
        """Stop the apply, then restore what was before. It ends at `restored`."""
        self._stop_unit()
        change.at, change.why, change.stuck = At.REVERTING, why, False
        self.open, self.deadline = change, inf
        self.restored = now + self.troubles.left("slow")

    def finish_restoring(self) -> None:
        change, self.restored = self.open, inf
        if change is None:
            return
        if self.troubles.strikes("revert-fails"):
            change.stuck = True
            return
        self._write(change.before, inf)
        if change.kept is not None:
            self.have = change.kept
        change.at, self.open, self.mishap = At.REVERTED, None, inf

    def keep(self, change: Change) -> None:
        """Let the dead man's switch go: what was switched to is what it has."""
        change.at, change.kept = At.CONFIRMED, self.have
        self.have = {**self.have, **change.to}
        self.open, self.deadline = None, inf

    def _stop_unit(self) -> None:
        self.running, self.unit = False, inf

    def _write(self, written: dict[str, Written], switched: float) -> None:
        self.disk.update({name: content for name, (_, content) in written.items()})
        self.switched = switched
