"""Legs: each job carries out the waves of one, and names the next."""

from __future__ import annotations

from spec.case import Case
from spec.roll import Play, play
from tidegate.model.event import LeaseTaken
from tidegate.model.state import State
from tidegate.model.verb import Apply


def test_every_leg_does_its_own_waves_and_names_the_next() -> None:
    end = play(Case(("a", "b", "c"), legs=("test", "prod", "prod")))
    assert [(leave.decision, leave.leg) for leave in end.play.leaves] == [("next", "prod"), ("done", "")]
    assert set(end.states.values()) == {State.SUCCEEDED}


def test_devices_of_a_leg_are_touched_by_its_own_runner_alone() -> None:
    end = play(Case(("a", "b"), legs=("test", "prod")))
    tokens = [event.token for event in end.play.remote.events if isinstance(event, LeaseTaken)]
    applied = {deed.device: deed.address.token for deed in end.play.log if isinstance(deed.verb, Apply)}
    assert applied == {"a": tokens[0], "b": tokens[1]}


def test_a_leg_that_needs_approval_ends_with_the_question() -> None:
    end = play(Case(("a", "b"), legs=("test", "prod"), approvals=1))
    assert [(leave.decision, leave.leg) for leave in end.play.leaves] == [("ask", "prod"), ("done", "")]


def test_a_job_for_another_leg_does_nothing_but_say_whose_turn_it_is() -> None:
    playing = Play(Case(("a", "b"), legs=("test", "prod"), people=None, hold=None))
    playing.leg = "prod"
    end = playing.play()
    assert end.play.leaves[0].leg == "test"
    assert set(end.states.values()) == {State.SUCCEEDED}


def test_a_failure_in_a_later_leg_takes_back_the_earlier_where_the_rollout_goes_back() -> None:
    end = play(Case(("a", "b"), {"b": ("health-fails",)}, legs=("test", "prod"), on_failure="rollout"))
    assert set(end.states.values()) == {State.REVERTED}
