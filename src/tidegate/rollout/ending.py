"""How a rollout ended: its result, what every device has now, and what is remembered as bad."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tidegate.model.answer import DRIFTED
from tidegate.model.event import EndedEvent
from tidegate.model.plan import Kind
from tidegate.model.state import Result, State
from tidegate.rollout.progress import Progress
from tidegate.rollout.standing import Standing

_HAS_TARGET = frozenset({State.CONFIRMED, State.SUCCEEDED, State.NOOP})


def ended(progress: Progress, at: datetime, o: str, k: int, result: Result | None = None) -> EndedEvent:
    """The last event. `result` is given where a person's word ended it; else it follows from the devices."""
    counts = _counts(progress)
    outcome = _result(progress, counts, result)
    return EndedEvent(
        at=at,
        o=o,
        k=k,
        result=outcome,
        reason=_reason(progress, counts),
        counts=counts,
        has={
            name: has for name, standing in sorted(progress.devices.items()) if (has := _has(progress, name, standing))
        },
        bad=tuple(sorted(progress.plan.components)) if _is_bad(progress, outcome) else (),
    )


def _counts(progress: Progress) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for tally in progress.tallies:
        for state in State:
            end = {State.CONFIRMED: State.SUCCEEDED, State.PENDING: State.SKIPPED}.get(state, state)
            counts[end.value] = counts.get(end.value, 0) + tally.count(state)
    return {state: count for state, count in counts.items() if count}


def _result(progress: Progress, counts: Mapping[str, int], given: Result | None) -> Result:
    if counts.get(State.STRANDED):
        return Result.STRANDED
    if given is not None:
        return given
    if progress.back is not None:
        return Result.REVERTED if any(standing.touched for standing in progress.devices.values()) else Result.STOPPED
    total = sum(counts.values())
    if counts.get(State.NOOP, 0) == total:
        return Result.NOTHING
    good = counts.get(State.SUCCEEDED, 0) + counts.get(State.NOOP, 0)
    return Result.SUCCEEDED if good == total else Result.PARTIAL


def _reason(progress: Progress, counts: Mapping[str, int]) -> str:
    if progress.back is not None:
        return progress.back.reason
    if progress.rejected is not None:
        return f"rejected by {progress.rejected.by}: {progress.rejected.why}"
    if progress.answer is not None and progress.answer.answer == "end":
        return f"ended by {progress.answer.by}: {progress.answer.why}"
    good = counts.get(State.SUCCEEDED, 0) + counts.get(State.NOOP, 0)
    return f"{good} of {sum(counts.values())} devices have it"


def _has(progress: Progress, name: str, standing: Standing) -> Mapping[str, str]:
    if standing.state in _HAS_TARGET:
        return dict(progress.plan.devices[name].to)
    if standing.state is State.REVERTED:
        return {component: digest for component, digest in standing.runs.items() if digest != DRIFTED}
    return {}


def _is_bad(progress: Progress, result: Result) -> bool:
    """A change that went back is remembered as bad, unless it went back because somebody rolled it back on purpose."""
    if progress.plan.kind is Kind.ROLLBACK:
        return False
    return progress.back is not None and result in (Result.REVERTED, Result.STRANDED)
