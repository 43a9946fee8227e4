"""One record as the metrics need it: which production devices were switched, which fell, which were read back good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.model.event import EndedEvent, Event, Opened, Stepped
from tidegate.model.plan import Plan
from tidegate.model.record import Record
from tidegate.model.state import Result, State, Step

_GOOD = frozenset({State.CONFIRMED, State.NOOP, State.REVERTED})
_DOWN = frozenset({State.REVERTING, State.REVERTED, State.STRANDED})
_NO_CONTACT = frozenset({Step.START, Step.SKIP, Step.UNREACHED, Step.LOST, Step.TAKEN_OVER, Step.SILENT, Step.DONE})


@dataclass(slots=True)
class _Trace:
    """What one device went through. Instants are None for what never happened."""

    applied: datetime | None = None
    failed: datetime | None = None
    down: datetime | None = None
    confirmed: bool = False
    good: list[datetime] = field(default_factory=list)
    looked_at: bool = False
    drifted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One rollout. Maps go from production device to instant, but for `good` and the two last: all devices.

    `applied`: when it first reached APPLYING; `failed`: when it was counted as failed after that; `fell`: when it
    failed, or began to go back; `good`: every time a digest was read back that may be there.
    """

    record: Record
    opened: Opened
    ended: EndedEvent | None
    canary: frozenset[str]
    applied: Mapping[str, datetime]
    failed: Mapping[str, datetime]
    fell: Mapping[str, datetime]
    confirmed: frozenset[str]
    good: Mapping[str, tuple[datetime, ...]]
    looked_at: frozenset[str]
    drifted: frozenset[str]

    @property
    def is_rollback(self) -> bool:
        return self.opened.kind == "rollback"

    @property
    def is_halted(self) -> bool:
        """Did a gate or a person stop it for good?"""
        return self.ended is not None and self.ended.result in (Result.REVERTED, Result.STOPPED)


def read(record: Record) -> Reading:
    """One pass over the record's events."""
    traces = _traces(record.events)
    production = _production(record.plan)
    switched = {name: trace for name, trace in traces.items() if name in production and trace.applied is not None}
    fell = {name: min(filter(None, (t.failed, t.down))) for name, t in switched.items() if t.failed or t.down}
    return Reading(
        record=record,
        opened=record.opened,
        ended=record.ended,
        canary=_canary(record.plan),
        applied={name: trace.applied for name, trace in switched.items() if trace.applied is not None},
        failed={name: trace.failed for name, trace in switched.items() if trace.failed is not None},
        fell=fell,
        confirmed=frozenset(name for name, trace in traces.items() if trace.confirmed),
        good={name: tuple(trace.good) for name, trace in traces.items()},
        looked_at=frozenset(name for name, trace in traces.items() if trace.looked_at),
        drifted=frozenset(name for name, trace in traces.items() if trace.drifted),
    )


def _production(plan: Plan) -> frozenset[str]:
    return frozenset(name for wave in plan.waves if not wave.staging for name in wave.members)


def _canary(plan: Plan) -> frozenset[str]:
    """The first wave of production; where there is only one, nothing was tried first."""
    waves = [wave for wave in plan.waves if not wave.staging and wave.members]
    return frozenset(waves[0].members) if len(waves) > 1 else frozenset()


def _traces(events: Iterable[Event]) -> dict[str, _Trace]:
    traces: dict[str, _Trace] = {}
    for event in events:
        if isinstance(event, Stepped):
            _follow(traces.setdefault(event.d, _Trace()), event)
    return traces


def _follow(trace: _Trace, event: Stepped) -> None:
    trace.looked_at = trace.looked_at or event.s not in _NO_CONTACT
    trace.drifted = trace.drifted or (event.s is Step.UNFIT and event.why == "drifted")
    if event.to is State.APPLYING:
        trace.applied = trace.applied or event.at
    if event.to in _GOOD:
        trace.good.append(event.at)
    trace.confirmed = event.to is State.CONFIRMED or (trace.confirmed and event.to not in _DOWN)
    if event.failed and trace.applied:
        trace.failed = trace.failed or event.at
    trace.down = _down(trace.down, event)


def _down(since: datetime | None, event: Stepped) -> datetime | None:
    """Since when it goes back, or is back; None where it starts anew after an interruption, or nothing was switched."""
    if event.why == "unreached" or event.to not in (*_DOWN, State.UNKNOWN):
        return None
    return since or (event.at if event.to in _DOWN else None)
