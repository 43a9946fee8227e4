"""How a runner leaves: killed, cancelled, robbed of its lease, asleep, or without its remote."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from spec.case import At, Case, Spooling
from spec.roll import Play, Runner, play, roll
from tidegate.errors import AuditError, LeaseLost
from tidegate.model.answer import Refused
from tidegate.model.event import HeldEvent, StopAsked, WaveJudged, WaveOpened
from tidegate.model.state import HeldKind, State, Step
from tidegate.model.verb import Confirm, Look

GOOD = {"a": State.SUCCEEDED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}


def verbs_after(playing: Play, seconds: float) -> list[str]:
    """What was sent to devices after that moment, looks left out."""
    return [type(deed.verb).__name__ for deed in playing.log if deed.at > seconds and not isinstance(deed.verb, Look)]


# Killed.


@pytest.mark.parametrize("same_machine", [True, False])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("nth", range(1, 26))
def test_killed_at_any_event_it_ends_as_if_it_had_not_been(nth: int, kept: bool, same_machine: bool) -> None:
    end = roll("a b", "c", kills=(Spooling(nth, kept),), same_machine=same_machine)
    assert (end.states, end.failed) == (GOOD, set())


@pytest.mark.parametrize("away", [0.0, 100.0, 700.0])
def test_killed_while_an_apply_takes_long_nobody_is_blamed(away: float) -> None:
    slow = {"a": ("slow:2m",), "b": ("slow:2m",)}
    end = roll("a b", "c", faults=slow, timeout=300, kills=(At(20.0),), away=away)
    assert (end.states, end.failed) == (GOOD, set())


def test_attempts_end_after_three_interruptions() -> None:
    end = roll("a", kills=(At(30.0),) * 3, away=700, soak=600)
    assert end.states == {"a": State.REVERTED}
    assert max(step.a for step in end.steps) == 3


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_the_end_of_a_spool_may_be_missing(cut: int) -> None:
    end = roll("a b", "c", kills=(Spooling(14, kept=True),), cut=cut)
    assert (end.states, end.failed) == (GOOD, set())


# Cancelled.


def test_a_cancelled_job_leaves_in_good_order_and_its_devices_start_again() -> None:
    end = roll("a b", "c", later=((20.0, Play.cancel),), hold="go", away=0)
    kinds = [event.kind for event in end.play.remote.events if isinstance(event, HeldEvent)]
    assert kinds == [HeldKind.CANCELLED]
    assert (end.states, end.failed) == (GOOD, set())


def test_after_a_cancelled_job_devices_that_went_back_get_a_new_attempt() -> None:
    playing = Play(Case(("a b", "c"), later=((20.0, Play.cancel),), hold="go"))
    playing.pause_between(1000)
    end = playing.play()
    assert (end.states, end.failed) == (GOOD, set())
    assert {step.a for step in end.steps if step.s is Step.AGAIN} == {2}


def test_a_cancelled_job_sends_nothing_more() -> None:
    end = roll("a b", "c", later=((20.0, Play.cancel),), hold=None)
    assert end.held is HeldKind.CANCELLED
    assert verbs_after(end.play, 20.0) == []


def test_a_cancelled_job_still_confirms_what_the_gate_let_through() -> None:
    """The wave has passed; the confirms are on their way when the signal comes."""
    end = roll("a b", "c", later=((60.55, Play.cancel),), hold=None, latency=0.5, soak=55)
    after = verbs_after(end.play, 60.6)
    assert set(after) <= {"Confirm"}
    assert [end.states[name] for name in "ab"] == [State.CONFIRMED, State.CONFIRMED]


def test_a_stop_that_waits_is_not_hidden_by_a_cancelled_job() -> None:
    end = roll("a b", "c", later=((20.0, Play.abort), (21.0, Play.cancel)), hold="go")
    assert not [event for event in end.play.remote.events if isinstance(event, HeldEvent)]
    assert set(end.states.values()) == {State.REVERTED, State.SKIPPED}


def test_a_cancelled_job_whose_decision_landed_unheard_releases_all_the_same() -> None:
    end = roll("a b", "c", later=((60.0, Play.lose_answer), (61.0, Play.cancel)), hold="go")
    assert (end.states, end.failed) == (GOOD, set())
    assert end.play.runners == 2


# Robbed, and asleep.


def two_at_once(playing: Play, second: float) -> list[AuditError]:
    """One runner from the beginning, another that takes the lease so many seconds later."""

    async def both() -> list[AuditError]:
        playing.remote.open()
        first = asyncio.ensure_future(Runner(playing).work())
        await playing.clock.sleep(second)
        await asyncio.gather(first, Runner(playing).work())
        return list(playing.lost)

    return asyncio.run(both())


@pytest.mark.parametrize("second", [0.05, 0.35, 0.9, 5.0, 31.0, 61.0])
def test_once_a_newer_runner_has_asked_a_device_an_older_one_has_no_effect_on_it(second: float) -> None:
    playing = Play(Case(("a b", "c")))
    lost = two_at_once(playing, second)
    assert [type(error) for error in lost] == [LeaseLost]
    newest: dict[str, int] = {}
    for deed in playing.log:
        if deed.address.token < newest.get(deed.device, 0):
            assert isinstance(deed.answer, Refused)
            assert deed.answer.why == "token"
        elif not isinstance(deed.verb, Look):
            newest[deed.device] = deed.address.token
    assert {name: standing.state for name, standing in playing.progress.devices.items()} == GOOD


@pytest.mark.parametrize("begins", [0.35, 0.9, 20.0, 59.0])
@pytest.mark.parametrize("lasts", [200.0, 1000.0])
def test_a_runner_that_slept_reads_nothing_and_blames_nobody(begins: float, lasts: float) -> None:
    end = play(Case(("a b", "c"), later=((begins, partial(_sleep, seconds=lasts)),)))
    assert (end.states, end.failed) == (GOOD, set())
    assert [type(error) for error in end.play.lost] == [LeaseLost]
    assert "slept" in str(end.play.lost[0])


def _sleep(playing: Play, seconds: float) -> None:
    playing.clock.oversleep(seconds)


# Without the remote.


def test_a_remote_that_comes_back_in_time_changes_nothing() -> None:
    end = roll("a b", "c", later=((5.0, Play.lose_remote), (300.0, Play.find_remote)))
    assert (end.states, end.failed) == (GOOD, set())
    assert end.play.runners == 1


def test_without_the_remote_no_wave_opens_and_the_runner_ends_with_its_lease() -> None:
    later = ((5.0, Play.lose_remote), (2000.0, Play.find_remote))
    playing = Play(Case(("a b", "c"), later=later))
    end = playing.play()
    opened = [
        (event.at - playing.clock.begin).total_seconds()
        for event in playing.remote.events
        if isinstance(event, WaveOpened)
    ]
    assert opened[0] == 0
    assert opened[1] > 2000
    assert [type(error) for error in playing.lost] == [LeaseLost]
    assert (end.states, end.failed) == (GOOD, set())


def test_without_the_remote_it_is_asked_every_few_seconds_and_not_all_the_time() -> None:
    end = roll("a b", "c", later=((5.0, Play.lose_remote), (305.0, Play.find_remote)))
    assert 300 / 5 - 10 <= end.play.remote.refused <= 300 / 5 + 10


@pytest.mark.parametrize("at", [0.05, 0.35, 20.0, 60.3, 61.0, 121.0])
def test_a_lost_answer_is_neither_written_twice_nor_forgotten(at: float) -> None:
    end = roll("a b", "c", later=((at, Play.lose_answer), (at + 2, Play.lose_answer)))
    assert (end.states, end.failed) == (GOOD, set())
    identities = [(event.o, event.k) for event in end.play.remote.events]
    assert len(set(identities)) == len(identities)


def test_a_word_that_comes_while_a_runner_is_at_work_is_used_once() -> None:
    """A stop that was acted on is not found again on the branch."""
    end = roll("a", "b", "c", later=((70.0, Play.pause),), hold="go")
    assert len([event for event in end.play.remote.events if isinstance(event, StopAsked)]) == 1
    assert len([event for event in end.play.remote.events if isinstance(event, HeldEvent)]) == 1
    assert (end.states, end.failed) == (GOOD, set())


def test_confirms_are_sent_only_after_the_verdict_is_on_the_branch() -> None:
    end = roll("a b", "c")
    judged: dict[str, int] = {}
    for number, segment in enumerate(end.play.remote.segments, start=1):
        for event in segment.events:
            if isinstance(event, WaveJudged):
                judged[event.wave] = number
    for trace in end.play.log.traces:
        if isinstance(trace.deed.verb, Confirm):
            wave = end.play.plan.waves[end.play.plan.wave_of[trace.deed.device]].name
            assert trace.segments >= judged[wave]
