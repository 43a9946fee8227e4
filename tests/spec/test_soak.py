"""Confirmation: when a change may stay, and what keeps a device until then."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from spec.case import SERVES, Case
from spec.roll import End, play, roll
from tidegate.model.event import LeaseTaken, WaveJudged
from tidegate.model.state import Result, State
from tidegate.model.verb import Confirm, Heartbeat

GOOD = {"a": State.SUCCEEDED, "b": State.SUCCEEDED}


def confirmed_at(end: End, device: str) -> float:
    return next(deed.at for deed in end.play.log if isinstance(deed.verb, Confirm) and deed.device == device)


def judged_at(end: End) -> float:
    begin = next(event.at for event in end.play.remote.events if isinstance(event, LeaseTaken))
    judged = next(event for event in end.play.remote.events if isinstance(event, WaveJudged))
    return (judged.at - begin).total_seconds()


def test_soaked_devices_are_confirmed_by_the_verdict_of_their_wave() -> None:
    end = roll("a b", faults={"b": ("slow:40s",)}, soak=100)
    assert judged_at(end) > 140
    assert min(confirmed_at(end, name) for name in "ab") > judged_at(end)


def test_verified_devices_are_confirmed_at_once_and_soak_all_the_same() -> None:
    end = roll("a b", faults={"b": ("slow:40s",)}, soak=100, confirm="verified")
    assert confirmed_at(end, "a") < 2
    assert judged_at(end) > 140
    assert end.states == GOOD


def test_a_heartbeat_keeps_devices_armed_through_a_long_soak() -> None:
    end = roll("a b", soak=4 * 3600)
    beats = [deed.at for deed in end.play.log if isinstance(deed.verb, Heartbeat) and deed.device == "a"]
    assert max(later - earlier for earlier, later in pairwise(beats)) < 45
    assert (end.states, end.failed) == (GOOD, set())


def test_slow_looks_do_not_cost_a_device_its_deadline() -> None:
    slow = [replace(SERVES, name=f"slow-{number}", timeout=150, interval=30) for number in range(3)]
    end = play(Case(("a b",), probes=tuple(slow), latency=35.0, soak=2000))
    assert (end.states, end.failed) == (GOOD, set())


def test_a_probe_that_fails_in_the_soak_sends_its_device_back() -> None:
    end = roll("a b", faults={"b": ("health-fails-after:3m",)}, soak=600, allowed=1)
    assert end.states == {"a": State.SUCCEEDED, "b": State.REVERTED}


def test_files_that_change_in_the_soak_are_a_failure_though_the_probes_are_well() -> None:
    end = roll("a b", faults={"b": ("drifts-after:3m",)}, soak=600, allowed=1)
    assert (end.states, end.failed) == ({"a": State.SUCCEEDED, "b": State.REVERTED}, {"b"})


def test_a_device_that_reboots_in_the_soak_has_failed() -> None:
    end = roll("a b", faults={"b": ("reboots-after:3m",)}, soak=600, allowed=1)
    assert (end.states, end.failed) == ({"a": State.SUCCEEDED, "b": State.REVERTED}, {"b"})


def test_a_confirmed_device_is_looked_at_as_long_as_its_wave_is_open() -> None:
    faults = {"b": ("health-fails-after:2m",)}
    end = roll("a b", faults=faults, soak=600, confirm="verified", allowed=1)
    assert (end.states, end.failed) == ({"a": State.SUCCEEDED, "b": State.REVERTED}, {"b"})


def test_a_failure_of_a_confirmed_device_is_on_the_branch_before_it_goes_back() -> None:
    faults = {"b": ("health-fails-after:2m",)}
    end = roll("a b", faults=faults, soak=600, confirm="verified", allowed=1)
    segments = end.play.remote.segments
    written = next(
        number
        for number, segment in enumerate(segments, start=1)
        if any(getattr(event, "failed", False) for event in segment.events)
    )
    revert = next(trace for trace in end.play.log.traces if type(trace.deed.verb).__name__ == "Revert")
    assert revert.segments >= written


def test_without_probes_the_digest_read_back_is_the_evidence() -> None:
    assert play(Case(("a b",), probes=())).states == GOOD
    lying = play(Case(("a b",), {"b": ("lies",)}, probes=(), allowed=1))
    assert lying.states == {"a": State.SUCCEEDED, "b": State.REVERTED}


def test_shadow_probes_never_decide() -> None:
    shadow = replace(SERVES, name="shadow", shadow=True)
    end = play(Case(("a b",), {"b": ("health-fails",)}, probes=(shadow,)))
    assert (end.states, end.result) == (GOOD, Result.SUCCEEDED)


def test_a_device_that_gives_no_evidence_in_time_has_failed() -> None:
    late = replace(SERVES, successes=3, interval=60)
    end = play(Case(("a b",), {"b": ("answers-lost",)}, probes=(late,), allowed=1))
    assert end.states["b"] is not State.SUCCEEDED
    assert end.states["a"] is State.SUCCEEDED


def test_a_soak_counts_from_the_last_device_that_came_up() -> None:
    end = roll("a b", faults={"b": ("slow:30s",)}, soak=60)
    assert judged_at(end) >= 90


def test_one_bad_look_is_no_failure_where_the_probe_wants_two_in_a_row() -> None:
    end = roll("a b", faults={"b": ("health-fails:1",)})
    assert (end.states, end.failed) == (GOOD, set())
