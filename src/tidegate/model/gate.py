"""What stands, or does not stand, between a change and the devices: one point each, and what closes a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stand(StrEnum):
    """`UNSEEN`: nobody could look. It is neither yes nor no, and never counts as yes."""

    REAL = "real"
    GAP = "gap"
    UNSEEN = "not visible"


@dataclass(frozen=True, slots=True)
class Point:
    """`name` is its topic; `close`: commands, or where to click, that make a gap go away, or show what is hidden."""

    name: str
    stand: Stand
    text: str
    close: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All points of one repository; `notes` are true whatever one does."""

    repository: str
    points: Sequence[Point]
    notes: Sequence[str] = ()

    def of(self, stand: Stand) -> list[Point]:
        return [point for point in self.points if point.stand is stand]

    @property
    def exit_code(self) -> int:
        """0 where all is real."""
        return 0 if all(point.stand is Stand.REAL for point in self.points) else 1
