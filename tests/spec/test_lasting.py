"""A job may not last for ever: what takes longer is held in good order, and a later job goes on with it."""

from __future__ import annotations

from spec.roll import End, roll
from tidegate.model.event import HeldEvent, LeaseTaken
from tidegate.model.state import HeldKind, State
from tidegate.model.verb import Confirm, Revert

HOUR = 3600.0


def holds(end: End) -> list[HeldKind]:
    return [event.kind for event in end.play.remote.events if isinstance(event, HeldEvent)]


def runners(end: End) -> int:
    return sum(isinstance(event, LeaseTaken) for event in end.play.remote.events)


def test_a_soak_that_outlives_its_job_is_judged_by_a_later_one() -> None:
    end = roll("a b", "c", soak=int(8 * HOUR), lasts=5.5 * HOUR)
    assert end.states == {"a": State.SUCCEEDED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert holds(end) == [HeldKind.SOAK, HeldKind.SOAK]
    assert runners(end) == 3


def test_healthy_devices_are_confirmed_before_the_job_ends_for_nobody_would_keep_them_armed() -> None:
    end = roll("a b", soak=int(8 * HOUR), lasts=5.5 * HOUR)
    confirms = [deed.at for deed in end.play.log if isinstance(deed.verb, Confirm)]
    assert len(confirms) == 2
    assert all(5.5 * HOUR <= at < 5.5 * HOUR + 60 for at in confirms)
    assert not [deed for deed in end.play.log if isinstance(deed.verb, Revert)]


def test_work_in_flight_comes_to_rest_and_the_others_are_started_by_a_later_job() -> None:
    slow = dict.fromkeys("abcd", ("slow:50s",))
    end = roll("a b c d", faults=slow, parallel=1, soak=10, lasts=70)
    assert set(end.states.values()) == {State.SUCCEEDED}
    assert end.failed == set()
    assert HeldKind.SOAK in holds(end)
    assert runners(end) > 1


def test_what_is_going_back_goes_back_all_the_same() -> None:
    end = roll("a b", "c", breaks=["c"], soak=10, lasts=12, on_failure="rollout")
    assert State.SUCCEEDED not in end.states.values()


def test_a_failure_after_the_job_has_left_takes_the_wave_back() -> None:
    end = roll("a b", faults={"b": ("health-fails-after:9h",)}, soak=int(14 * HOUR), lasts=5.5 * HOUR)
    assert end.states == {"a": State.REVERTED, "b": State.REVERTED}
