"""One rollout as the audit branch has it."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.model.event import EndedEvent, Event, Opened
from tidegate.model.plan import Plan
from tidegate.model.segment import Segment


@dataclass(frozen=True, slots=True)
class Record:
    """`lane` is project/strategy; `segments` are in order and never empty."""

    lane: str
    rollout: str
    plan: Plan
    segments: tuple[Segment, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for segment in self.segments for event in segment.events)

    @property
    def opened(self) -> Opened:
        return next(event for event in self.events if isinstance(event, Opened))

    @property
    def ended(self) -> EndedEvent | None:
        return next((event for event in self.events if isinstance(event, EndedEvent)), None)
