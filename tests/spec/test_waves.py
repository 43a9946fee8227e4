"""Waves: who starts, who goes back, when the next one opens."""

from __future__ import annotations

import pytest

from spec.roll import roll
from tidegate.model.event import WaveJudged, WaveOpened
from tidegate.model.state import HeldKind, Result, State

SUCCEEDED, REVERTED, SKIPPED, NOOP, REFUSED = (
    State.SUCCEEDED,
    State.REVERTED,
    State.SKIPPED,
    State.NOOP,
    State.REFUSED,
)


def test_a_good_change_reaches_every_device_wave_by_wave() -> None:
    end = roll("canary", "a b", "c")
    assert set(end.states.values()) == {SUCCEEDED}
    assert end.result is Result.SUCCEEDED
    opened = [event.wave for event in end.play.remote.events if isinstance(event, WaveOpened)]
    assert opened == ["wave-1", "wave-2", "wave-3"]


def test_a_failing_device_goes_back_alone_and_its_wave_goes_on() -> None:
    end = roll("a b c", "d", breaks=["b"], allowed=1)
    assert end.states == {"a": SUCCEEDED, "b": REVERTED, "c": SUCCEEDED, "d": SUCCEEDED}
    assert (end.failed, end.result) == ({"b"}, Result.PARTIAL)


def test_a_failed_wave_goes_back_and_the_waves_before_it_stay() -> None:
    end = roll("canary", "a b", "c", breaks=["b"])
    assert end.states == {"canary": SUCCEEDED, "a": REVERTED, "b": REVERTED, "c": SKIPPED}
    assert end.result is Result.REVERTED


def test_a_later_failure_takes_back_the_earlier_waves_where_the_rollout_goes_back() -> None:
    end = roll("canary", "a b", "c", breaks=["b"], on_failure="rollout")
    assert end.states == {"canary": REVERTED, "a": REVERTED, "b": REVERTED, "c": SKIPPED}


def test_devices_that_were_confirmed_already_go_back_with_their_wave() -> None:
    end = roll("a b", breaks=["b"], confirm="verified", parallel=1, faults={"b": ("slow:20s",)})
    assert [step.to for step in end.steps if step.d == "a"].count(State.CONFIRMED) == 1
    assert end.states == {"a": REVERTED, "b": REVERTED}


def test_a_failed_wave_can_hold_for_a_person_instead() -> None:
    end = roll("a b", "c", breaks=["b"], on_failure="hold", hold=None)
    assert end.held is HeldKind.STOPPED
    assert end.states == {"a": State.CONFIRMED, "b": REVERTED, "c": State.PENDING}


@pytest.mark.parametrize(
    ("answer", "states", "result"),
    [
        ("go", {"a": SUCCEEDED, "b": REVERTED, "c": SUCCEEDED}, Result.PARTIAL),
        ("back", {"a": REVERTED, "b": REVERTED, "c": SKIPPED}, Result.REVERTED),
        ("end", {"a": SUCCEEDED, "b": REVERTED, "c": SKIPPED}, Result.STOPPED),
    ],
)
def test_what_a_person_answers_to_a_failed_wave_is_done(answer: str, states: dict[str, State], result: Result) -> None:
    end = roll("a b", "c", breaks=["b"], on_failure="hold", hold=answer)
    assert (end.states, end.result) == (states, result)


def test_nothing_is_pushed_once_more_failed_than_may() -> None:
    end = roll("a b c d", breaks=["a", "b"], parallel=1)
    assert end.states == {"a": REVERTED, "b": SKIPPED, "c": SKIPPED, "d": SKIPPED}


def test_a_device_that_is_not_yet_switched_when_its_wave_fails_is_left_alone() -> None:
    faults = {"a": ("apply-fails",)}
    end = roll("a b c", faults=faults, parallel=2, latency=1.0)
    touched = {trace.deed.device for trace in end.play.log.traces if type(trace.deed.verb).__name__ == "Apply"}
    assert "c" not in touched
    assert end.states["c"] is SKIPPED


def test_who_runs_it_already_is_left_alone_and_counts_for_nothing() -> None:
    end = roll("a b", runs={"a": "sha256:new"})
    assert end.states == {"a": NOOP, "b": SUCCEEDED}
    (judged,) = [event for event in end.play.remote.events if isinstance(event, WaveJudged)]
    assert judged.n == 1


def test_where_all_run_it_already_the_result_is_nothing() -> None:
    new = "sha256:new"
    end = roll("a", "b", runs={"a": new, "b": new})
    assert (end.states, end.result) == ({"a": NOOP, "b": NOOP}, Result.NOTHING)


def test_devices_that_are_held_or_removed_are_skipped_with_the_reason() -> None:
    end = roll("a b c", skip={"a": "held", "b": "removed"})
    assert end.states == {"a": SKIPPED, "b": SKIPPED, "c": SUCCEEDED}
    assert [end.progress.devices[name].why for name in "ab"] == ["held", "removed"]


def test_a_wave_in_which_nobody_was_there_holds() -> None:
    end = roll("a", "b", skip={"a": "held"}, hold=None)
    assert end.held is HeldKind.INCONCLUSIVE


@pytest.mark.parametrize(
    "fault", ["no-space", "not-revertable", "unsafe-parent", "foreign-transaction", "quarantined", "arm-fails"]
)
def test_a_device_that_is_not_fit_is_refused_and_not_blamed(fault: str) -> None:
    end = roll("a b", faults={"a": (fault,)}, unreachable=1)
    assert end.states == {"a": REFUSED, "b": SUCCEEDED}
    assert end.failed == set()


def test_a_device_whose_validation_says_no_has_failed() -> None:
    end = roll("a b", faults={"a": ("validate-fails",)}, allowed=1)
    assert (end.states["a"], end.failed) == (REFUSED, {"a"})


def test_a_device_that_drifted_is_refused_unless_somebody_says_why_not() -> None:
    faults = {"a": ("drifts",)}
    assert roll("a b", faults=faults, unreachable=1).states["a"] is REFUSED
    assert roll("a b", faults=faults, over_drift="we know").states["a"] is SUCCEEDED


def test_a_drifted_device_that_fails_gets_back_what_was_found_on_it() -> None:
    end = roll("a b", faults={"a": ("drifts", "health-fails")}, over_drift="we know", allowed=1)
    assert end.states["a"] is REVERTED
    assert end.disks["a"] == "somebody else's"


def test_who_cannot_be_reached_is_skipped_and_not_blamed() -> None:
    end = roll("a b", faults={"a": ("unreachable",)}, unreachable=1)
    assert end.states == {"a": SKIPPED, "b": SUCCEEDED}
    assert end.failed == set()


def test_more_that_cannot_be_reached_than_may_hold_the_wave() -> None:
    end = roll("a b", "c", faults={"a": ("unreachable",)}, hold=None)
    assert end.held is HeldKind.UNREACHED
    assert end.states == {"a": SKIPPED, "b": State.CONFIRMED, "c": State.PENDING}


def test_no_more_devices_are_on_their_way_than_may() -> None:
    end = roll("a b c d e f", parallel=2, faults=dict.fromkeys("abcdef", ("slow:20s",)))
    assert max(sum(t.in_flight for t in progress.tallies) for _, progress in end.play.watcher.heard) == 2
    assert set(end.states.values()) == {SUCCEEDED}
