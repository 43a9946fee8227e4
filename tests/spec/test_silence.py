"""Devices that say nothing, or cannot be brought where they belong."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from spec.case import At, Case
from spec.roll import Play, play, roll
from tidegate.model.event import EndedEvent, HeldEvent
from tidegate.model.state import HeldKind, Result, State, Step

HOUR = 3600.0
DAY = 24 * HOUR


def vanish(playing: Play, names: str) -> None:
    for name in names:
        playing.fleet.device(name).troubles.add("unreachable")


def appear(playing: Play, names: str) -> None:
    for name in names:
        playing.fleet.device(name).troubles.heal("unreachable")


def test_a_silent_device_is_counted_and_its_leg_is_held_until_it_answers() -> None:
    end = roll("a b", "c", faults={"a": ("unreachable-after-apply:10h",)}, allowed=1)
    assert {event.kind for event in end.play.remote.events if isinstance(event, HeldEvent)} == {HeldKind.OFFLINE}
    assert end.states == {"a": State.REVERTED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert end.failed == {"a"}


def test_a_device_that_never_answers_is_stranded_after_its_grace_and_not_before() -> None:
    end = roll("a b", "c", allowed=1, later=((20.0, partial(vanish, names="a")),))
    assert end.states == {"a": State.STRANDED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    (stranded,) = [step for step in end.steps if step.s is Step.STRANDED]
    (lost,) = [step for step in end.steps if step.s is Step.LOST]
    assert (stranded.at - lost.at).total_seconds() > DAY
    assert (end.result, end.failed) == (Result.STRANDED, {"a"})
    assert end.result is not None
    assert end.result.exit_code == 4


def test_a_fleet_that_falls_silent_ends() -> None:
    end = roll("a b", "c", later=((20.0, partial(vanish, names="abc")),))
    assert end.states == {"a": State.STRANDED, "b": State.STRANDED, "c": State.SKIPPED}
    assert end.result is Result.STRANDED


def test_what_cannot_be_reverted_is_stranded_and_the_others_go_on() -> None:
    end = roll("a b", "c", faults={"a": ("health-fails", "revert-fails")}, allowed=1)
    assert end.states == {"a": State.STRANDED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert (end.result, end.failed) == (Result.STRANDED, {"a"})


def test_a_revert_is_tried_again_before_a_person_is_called() -> None:
    end = roll("a b", faults={"a": ("health-fails", "revert-fails:2")}, allowed=1)
    assert end.states["a"] is State.REVERTED


def test_what_reads_back_wrong_after_its_revert_is_stranded() -> None:
    """Somebody writes its files in the very moment; nobody may say that it runs what it ran before."""

    def meddle(playing: Play) -> None:
        playing.fleet.device("a").have.clear()

    end = roll("a b", faults={"a": ("health-fails", "slow:30s")}, allowed=1, later=((35.0, meddle),))
    assert end.states["a"] in (State.STRANDED, State.REVERTED)
    assert end.result is not None


def test_after_a_take_over_nothing_ends_before_confirmed_devices_have_answered() -> None:
    """Wave one is confirmed; the next runner cannot reach one of its devices for ten hours."""
    later = ((71.0, partial(vanish, names="a")), (10 * HOUR, partial(appear, names="a")))
    end = play(Case(("a b", "c"), kills=(At(70.0),), later=later))
    assert (end.states, end.failed) == (dict.fromkeys("abc", State.SUCCEEDED), set())
    (ended,) = [event for event in end.play.remote.events if isinstance(event, EndedEvent)]
    assert (ended.at - end.play.clock.begin).total_seconds() > 10 * HOUR


def test_a_confirmed_device_that_never_answers_after_a_take_over_is_stranded() -> None:
    end = play(Case(("a b", "c"), kills=(At(70.0),), later=((71.0, partial(vanish, names="a")),)))
    assert end.states == {"a": State.STRANDED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert end.result is Result.STRANDED


def test_end_said_while_a_device_is_silent_waits_for_it_without_asking_anew() -> None:
    faults = {"a": ("unreachable-after-apply:10h",)}
    end = play(Case(("a b", "c"), faults, on_failure="hold", hold="end"))
    assert end.states == {"a": State.REVERTED, "b": State.SUCCEEDED, "c": State.SKIPPED}
    assert end.result is Result.STOPPED


def test_a_device_taken_over_and_silent_before_anything_was_switched_is_not_blamed() -> None:
    later = ((0.03, partial(vanish, names="a")), (2 * HOUR, partial(appear, names="a")))
    end = play(Case(("a b", "c"), unreachable=1, kills=(At(0.02),), later=later))
    assert end.states == {"a": State.SKIPPED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert end.failed == set()


def test_a_device_whose_first_answer_is_lost_may_have_switched_and_is_asked() -> None:
    """Staging, switching and reading back are one request; who lost its answer was not merely unreached."""
    end = roll("a b", faults={"a": ("answers-lost:1",)})
    assert (end.states, end.failed) == (dict.fromkeys("ab", State.SUCCEEDED), set())


def test_lost_confirms_are_sent_again() -> None:
    end = roll("a b", faults={"a": ("confirm-lost",)})
    assert (end.states, end.failed) == (dict.fromkeys("ab", State.SUCCEEDED), set())


def test_a_device_whose_apply_failed_unheard_is_not_kept_for_its_looks() -> None:
    """It runs the target and its probes are well, but its activation failed while nothing reached it."""
    faults = {"a": ("unreachable-after-apply:5s", "activate-fails")}
    for kills in ((), (At(3.0),)):
        end = play(replace(Case(("a b",), faults, allowed=1), kills=kills))
        assert (end.states["a"], end.failed) == (State.REVERTED, {"a"})
