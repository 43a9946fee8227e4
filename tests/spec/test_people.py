"""People: stops, approvals, answers; each is used once, for what was asked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from spec.case import Case
from spec.roll import Play, play, roll
from tidegate.model.event import Answered, Approved, Asked, WaveOpened
from tidegate.model.state import HeldKind, Result, State


def test_abort_takes_the_open_wave_back() -> None:
    end = roll("a", "b c", "d", later=((70.0, Play.abort),))
    assert end.states == {
        "a": State.SUCCEEDED,
        "b": State.REVERTED,
        "c": State.REVERTED,
        "d": State.SKIPPED,
    }
    assert end.result is Result.REVERTED
    assert "bob" in end.progress.ended.reason if end.progress.ended else False


def test_pause_confirms_what_is_healthy_and_starts_nobody() -> None:
    slow = dict.fromkeys("abc", ("slow:25s",))
    end = roll("a b c", "d", parallel=1, faults=slow, later=((5.0, Play.pause),), hold=None)
    assert end.held is HeldKind.STOPPED
    assert end.states == {"a": State.CONFIRMED, "b": State.CONFIRMED, "c": State.PENDING, "d": State.PENDING}


def test_after_a_pause_go_goes_on_where_it_was() -> None:
    end = roll("a b c", "d", parallel=1, later=((0.7, Play.pause),), hold="go")
    assert set(end.states.values()) == {State.SUCCEEDED}


def test_devices_that_were_confirmed_at_a_pause_are_looked_at_again_before_their_wave_passes() -> None:
    case = Case(("a b", "c"), {"b": ("health-fails-after:200s",)}, soak=300, hold="go")
    playing = Play(replace(case, later=((20.0, Play.pause), (21.0, partial(_sleep, seconds=1000)))))
    end = playing.play()
    assert end.states == {"a": State.REVERTED, "b": State.REVERTED, "c": State.SKIPPED}


def _sleep(playing: Play, seconds: float) -> None:
    """Nobody looks at the devices for so long."""
    playing.pause_between(seconds)


def test_a_wave_that_wants_approval_waits_for_all_who_must_agree() -> None:
    end = roll("a", "b", approvals=2)
    assert set(end.states.values()) == {State.SUCCEEDED}
    assert len([event for event in end.play.remote.events if isinstance(event, Approved)]) == 2
    assert [leave.decision for leave in end.play.leaves] == ["ask", "done"]


def test_without_an_answer_it_stays_asked_and_is_asked_once() -> None:
    end = roll("a", "b", approvals=1, people=None)
    assert end.states == {"a": State.CONFIRMED, "b": State.PENDING}
    assert len([event for event in end.play.remote.events if isinstance(event, Asked)]) == 1


@pytest.mark.parametrize(("on_failure", "kept"), [("wave", State.SUCCEEDED), ("rollout", State.REVERTED)])
def test_a_rejection_ends_it_and_keeps_what_passed_unless_the_rollout_goes_back(on_failure: str, kept: State) -> None:
    end = roll("a", "b", approvals=1, people="reject", on_failure=on_failure)
    assert end.states == {"a": kept, "b": State.SKIPPED}
    assert end.result is (Result.STOPPED if on_failure == "wave" else Result.REVERTED)


def test_an_approval_of_an_older_question_opens_nothing() -> None:
    def too_early(playing: Play) -> None:
        playing.remote.say(Approved, ask=1, wave="wave-2", plan=playing.plan.digest, by="mallory")

    end = roll("a", "b", approvals=1, people=None, later=((0.3, too_early),))
    assert end.states["b"] is State.PENDING


def test_an_approval_of_another_plan_opens_nothing() -> None:
    def other(playing: Play) -> None:
        ask = playing.progress.ask
        assert ask is not None
        playing.remote.say(Approved, ask=ask.ask, wave="wave-2", plan="sha256:other", by="mallory")

    playing = Play(Case(("a", "b"), approvals=1, people=None))
    playing.play()
    other(playing)
    playing.play_on()
    assert playing.progress.devices["b"].state is State.PENDING
    assert [event.wave for event in playing.remote.events if isinstance(event, WaveOpened)] == ["wave-1"]


def test_an_answer_to_an_older_hold_answers_nothing() -> None:
    playing = Play(Case(("a b", "c"), {"a": ("unreachable",)}, hold=None))
    playing.play()
    hold = playing.progress.hold
    assert hold is not None
    playing.remote.say(Answered, hold=hold.hold - 1, by="eve", answer="go")
    assert playing.progress.hold == hold
    assert not playing.progress.let_through


def test_who_lets_a_pause_go_on_has_not_let_a_verdict_through() -> None:
    """The wave is judged unreached while the pause waits: that is asked for itself."""
    faults = {"a": ("unreachable",)}
    playing = Play(Case(("a b", "c"), faults, soak=0, hold=None, later=((12.0, Play.pause),), latency=3.0))
    playing.play()
    first = playing.progress.hold
    assert first is not None
    playing.remote.say(Answered, hold=first.hold, by="eve", answer="go", why="back from lunch")
    playing.play_on()
    assert playing.progress.devices["c"].state is State.PENDING
    assert playing.progress.hold is not None
    assert playing.progress.hold.kind is HeldKind.UNREACHED


def test_end_confirms_what_is_healthy_and_leaves_the_rest_alone() -> None:
    end = play(Case(("a b", "c"), later=((30.0, Play.cancel),), hold="end"))
    assert end.states == {"a": State.SUCCEEDED, "b": State.SUCCEEDED, "c": State.SKIPPED}
    assert end.result is Result.STOPPED
