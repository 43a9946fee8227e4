"""Whether one device is healthy: its probes, looked at one after another, counted in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.model.project import Probe
from tidegate.probes.base import Glance


@dataclass(slots=True)
class _Row:
    """One probe's looks at one device. Times are on the monotonic clock, in seconds."""

    probe: Probe
    due: float
    good: int = 0
    bad: int = 0
    last_good: float = 0.0


class Health:
    """What the probes of one device say together. A look that could not be made is no evidence, either way."""

    def __init__(self, probes: Sequence[Probe], now: float) -> None:
        self._rows = [_Row(probe, due=now, last_good=now) for probe in probes]
        self.text = ""

    def due(self, now: float) -> list[Probe]:
        return [row.probe for row in self._rows if row.due <= now]

    def next_due(self) -> float | None:
        return min((row.due for row in self._rows), default=None)

    def saw(self, probe: Probe, glance: Glance, now: float) -> None:
        row = next(row for row in self._rows if row.probe is probe)
        row.due = now + probe.interval
        if glance.healthy:
            row.good, row.bad, row.last_good = row.good + 1, 0, now
        elif glance.healthy is False:
            row.good, row.bad = 0, row.bad + 1
        if glance.healthy is not True and not probe.shadow:
            self.text = f"{probe.name}: {glance.text}"

    def verdict(self, now: float) -> bool | None:
        """False: a probe failed often enough in a row, or gave no evidence for longer than it needs. True: all have
        succeeded often enough in a row. None: not known yet. Shadow probes never count."""
        rows = [row for row in self._rows if not row.probe.shadow]
        if any(row.bad >= row.probe.failures or now - row.last_good > _patience(row.probe) for row in rows):
            return False
        return True if all(row.good >= row.probe.successes for row in rows) else None


def _patience(probe: Probe) -> float:
    return max(60.0, float(probe.needs())) + probe.interval
