"""A rollout ends even if no person ever answers: after a week, what passed stays, and an open wave goes back."""

from __future__ import annotations

from datetime import timedelta

from spec.roll import End, roll
from tidegate.model.event import Back, EndedEvent
from tidegate.model.state import Result
from tidegate.rollout.decide import EXPIRED, HOLD_TIMEOUT, Do, Leave, Stamp, decide

SHORT = HOLD_TIMEOUT - timedelta(seconds=1)


def decided(end: End, after: timedelta) -> Do | Leave:
    """What is decided so long after the last question."""
    asked = end.progress.hold or end.progress.ask
    assert asked is not None
    now = asked.at + after
    step = decide(end.progress, now, Stamp("o", 1, 99, now))
    assert isinstance(step, Do | Leave)
    return step


def test_an_approval_that_never_comes_ends_it_and_what_passed_stays() -> None:
    end = roll("a", "b", approvals=1, people=None)
    assert decided(end, SHORT) == Leave("ask", "")
    step = decided(end, HOLD_TIMEOUT)
    assert isinstance(step, Do)
    assert isinstance(step.event, EndedEvent)
    assert step.event.result is Result.EXPIRED
    assert set(step.event.has) == {"a"}


def test_with_all_or_nothing_it_goes_back_first() -> None:
    end = roll("a", "b", approvals=1, people=None, on_failure="rollout")
    step = decided(end, HOLD_TIMEOUT)
    assert isinstance(step, Do)
    assert isinstance(step.event, Back)
    assert (step.event.scope, step.event.reason) == ("rollout", EXPIRED)


def test_a_hold_that_nobody_answers_takes_the_open_wave_back() -> None:
    end = roll("a b", "c", faults={"b": ("unreachable",)}, hold=None)
    assert decided(end, SHORT) == Leave("hold")
    step = decided(end, HOLD_TIMEOUT)
    assert isinstance(step, Do)
    assert isinstance(step.event, Back)
    assert step.event.scope == "wave"
