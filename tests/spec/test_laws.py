"""The laws of a rollout, over generated fleets, faults, kill points, people and outages: docs/guarantees.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spec.case import NEW, OLD, Case
from spec.fleets import AT_ONCE, cases, kills
from spec.roll import End, play
from tidegate.drivers.simulated import Deed
from tidegate.drivers.simulated_verbs import Until
from tidegate.errors import LeaseLost
from tidegate.model.answer import At, Placed, Refused
from tidegate.model.event import LeaseTaken, Stepped, WaveJudged, WaveOpened
from tidegate.model.state import ENDS, Result, State, Step
from tidegate.model.verb import Apply, Inspect, Look
from tidegate.rollout.decide import Stamp, decide
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.progress import Progress, after

_KEPT = frozenset({State.SUCCEEDED, State.NOOP})


def opened_at(end: End) -> dict[str, int]:
    """Wave name -> number of segments that the branch had once it was open."""
    found: dict[str, int] = {}
    for number, segment in enumerate(end.play.remote.segments, start=1):
        for event in segment.events:
            if isinstance(event, WaveOpened):
                found[event.wave] = number
    return found


@given(cases())
def test_law_1_and_9_no_device_is_touched_before_its_wave_is_open_in_the_record(case: Case) -> None:
    end = play(case)
    opened, plan = opened_at(end), end.play.plan
    for trace in end.play.log.traces:
        wave = plan.waves[plan.wave_of[trace.deed.device]].name
        assert wave in opened
        assert trace.segments >= opened[wave]


@given(cases())
def test_law_1_a_wave_opens_only_after_the_one_before_it_was_let_through(case: Case) -> None:
    end = play(case)
    progress = Progress.of(end.play.plan)
    for event in end.play.remote.events:
        if isinstance(event, WaveOpened) and progress.wave >= 0:
            assert progress.passed
        progress = after(progress, event)


@given(cases(faults=AT_ONCE, most_kills=0, people=False, outage=False, sensitivity="off", on_failure="wave"))
def test_law_2_no_more_are_unwell_at_once_than_allowed_and_in_work(case: Case) -> None:
    end = play(case)
    assert end.play.watcher.most_unwell <= case.allowed + case.parallel


@given(cases())
def test_law_3_it_ends_and_no_device_ends_between_states(case: Case) -> None:
    end = play(case)
    assert end.progress.ended is not None
    assert set(end.states.values()) <= ENDS


@given(cases(faults=("unreachable", "unreachable-after-apply", "answers-lost", "slow"), people=False))
def test_law_3_it_ends_even_if_no_device_ever_answers(case: Case) -> None:
    assert play(case).progress.ended is not None


@given(cases())
def test_law_4_a_device_has_the_new_digest_or_what_it_had_or_is_reported(case: Case) -> None:
    end = play(case)
    for name, state in end.states.items():
        troubles = case.faults.get(name, ())
        if any(word.startswith(("drifts", "reboots-after")) for word in troubles):
            continue  # somebody else changed it, or took it back, when nobody looked any more
        match state:
            case State.SUCCEEDED | State.NOOP:
                assert end.disks[name] == NEW
            case State.REVERTED | State.SKIPPED | State.REFUSED:
                assert end.disks[name] in (OLD, "somebody else's")
            case _:
                assert state is State.STRANDED


@given(cases())
def test_law_4_what_failed_never_succeeds_and_what_went_back_keeps_nothing(case: Case) -> None:
    end = play(case)
    assert not [name for name in end.failed if end.states[name] in _KEPT]
    if end.progress.back is not None and end.progress.back.scope == "rollout":
        assert State.SUCCEEDED not in end.states.values()


@given(cases())
def test_law_5_a_wave_in_which_all_that_was_attempted_failed_never_passes(case: Case) -> None:
    for event in play(case).play.remote.events:
        if isinstance(event, WaveJudged) and event.verdict == "pass":
            attempted = event.n - event.u
            assert attempted == 0 or event.f < attempted
            assert event.f <= event.allowed


@given(cases())
def test_law_5_judgements_are_never_taken_back(case: Case) -> None:
    failed: set[str] = set()
    for event, progress in play(case).play.watcher.heard:
        if isinstance(event, Stepped) and event.failed:
            failed.add(event.d)
            assert progress.devices[event.d].failed


@given(cases())
def test_law_6_nothing_passes_without_evidence(case: Case) -> None:
    for event in play(case).play.remote.events:
        if isinstance(event, WaveJudged) and event.verdict == "pass":
            assert event.s > 0 or (event.n == 0 and event.row == 6)


@given(cases(faults=(), people=False, outage=False, most_kills=0, approvals=0), st.lists(kills, min_size=1, max_size=2))
def test_law_7_killed_alone_it_ends_as_if_it_had_not_been(case: Case, killed: list[object]) -> None:
    whole = play(case)
    end = play(replace(case, kills=tuple(killed)))  # type: ignore[arg-type]
    assert end.failed == set()
    assert (end.result, end.states) == (whole.result, whole.states)


@given(cases())
def test_law_7_after_resume_the_record_agrees_with_the_devices(case: Case) -> None:
    end = play(case)
    ended = end.progress.ended
    assert ended is not None
    for name, has in ended.has.items():
        troubles = case.faults.get(name, ())
        if not any(word.startswith(("drifts", "reboots-after")) for word in troubles):
            assert end.disks[name] == has["nginx"]


@given(cases())
def test_law_8_the_same_plan_progress_and_time_give_the_same_decision(case: Case) -> None:
    for event, progress in play(case).play.watcher.heard[:40]:
        stamp = Stamp("o", 1, 1, event.at)
        assert decide(progress, event.at, stamp) == decide(progress, event.at, stamp)


def outdated(end: End) -> list[Deed]:
    """What an older runner asked of a device that a newer one had asked before."""
    highest: dict[str, int] = {}
    found: list[Deed] = []
    for trace in end.play.log.traces:
        deed = trace.deed
        if deed.address.token < highest.get(deed.device, 0):
            found.append(deed)
        elif not isinstance(deed.verb, Look):
            highest[deed.device] = deed.address.token
    return found


@given(cases(most_kills=0, away=0.0), st.floats(0.05, 120))
def test_law_9_once_a_newer_runner_has_asked_an_older_one_has_no_effect(case: Case, seconds: float) -> None:
    end = play(replace(case, overtaken=seconds))
    for deed in outdated(end):
        assert isinstance(deed.answer, Refused)
        assert deed.answer.why == "token"


def test_law_9_an_older_runner_that_lives_on_is_refused_and_gives_up() -> None:
    end = play(Case(("a b c d",), latency=1.0, overtaken=2.0, away=0.0))
    assert outdated(end)
    assert all(isinstance(deed.answer, Refused) for deed in outdated(end))
    assert [type(error) for error in end.play.lost] == [LeaseLost]
    assert set(end.states.values()) == {State.SUCCEEDED}


@given(cases())
def test_law_9_every_verb_has_the_token_of_somebody_who_took_the_lease(case: Case) -> None:
    end = play(case)
    tokens = {event.token for event in end.play.remote.events if isinstance(event, LeaseTaken)}
    assert {trace.deed.address.token for trace in end.play.log.traces} <= tokens


@given(cases())
def test_law_11_ends_are_never_left_and_attempts_are_bounded(case: Case) -> None:
    at: dict[str, State] = {}
    for event in play(case).steps:
        assert at.get(event.d) not in ENDS
        assert event.a <= 3
        assert (event.s is Step.AGAIN) is (event.to is State.PENDING)
        at[event.d] = event.to


@given(cases())
def test_law_11_what_went_back_is_never_applied_again_under_its_id(case: Case) -> None:
    over: set[tuple[str, str]] = set()
    for trace in play(case).play.log.traces:
        deed = trace.deed
        change = (deed.device, deed.address.transaction)
        if isinstance(deed.verb, Apply) and change in over:
            assert isinstance(deed.answer, Refused)
        if isinstance(deed.answer, Placed) and deed.answer.at is At.REVERTED:
            over.add(change)


def test_the_cases_reach_what_the_laws_speak_of() -> None:
    """A law about what never happens in the cases would hold whatever the engine does."""
    seen: Counter[str] = Counter()

    @settings(max_examples=150, deadline=None, derandomize=True, phases=[Phase.generate], database=None)
    @given(cases())
    def look(case: Case) -> None:
        end = play(case)
        seen.update({f"{event.s}" for event in end.steps})
        seen.update({event.verdict for event in end.play.remote.events if isinstance(event, WaveJudged)})
        seen[f"ended {end.result}"] += 1
        seen["taken over"] += end.play.runners > 1

    look()
    wanted = {"pass", "fail", "inconclusive", "taken over", "ended reverted", "ended partial", "ended succeeded"}
    wanted |= {"again", "seen_armed", "unhealthy", "apply_failed", "lost", "silent", "take_back", "unfit", "reverted"}
    assert {word for word in wanted if seen[word] < 3} == set()


def test_the_table_has_a_way_to_every_state_and_only_ends_without_a_way_out() -> None:
    assert set(TRANSITIONS.values()) | {State.PENDING} == set(State)
    assert set(State) - {state for state, _ in TRANSITIONS} == ENDS


def test_a_revert_that_fails_strands_one_device_and_stops_no_other() -> None:
    end = play(Case(("a", "b c"), {"b": ("health-fails", "revert-fails")}, allowed=1))
    assert (end.states["b"], end.states["c"]) == (State.STRANDED, State.SUCCEEDED)
    assert end.result is Result.STRANDED


def test_an_inspect_is_answered_while_an_apply_runs() -> None:
    end = play(Case(("a",), {"a": ("slow:50s",)}))
    assert any(isinstance(trace.deed.answer, Until) for trace in end.play.log.traces)
    assert any(isinstance(trace.deed.verb, Inspect) for trace in end.play.log.traces)
    assert end.states == {"a": State.SUCCEEDED}


def test_law_3_a_way_back_that_is_slow_and_fails_strands_the_device() -> None:
    """Nobody waits ten minutes for the answer; that it failed is seen when the device is asked again."""
    end = play(Case(("a", "b"), {"b": ("health-fails", "slow:10m", "revert-fails")}))
    assert end.states == {"a": State.SUCCEEDED, "b": State.STRANDED}
    assert end.result is Result.STRANDED


def test_a_way_back_that_is_slow_and_succeeds_is_waited_for() -> None:
    end = play(Case(("a",), {"a": ("health-fails", "slow:10m")}))
    assert end.states == {"a": State.REVERTED}


def test_law_3_a_way_back_that_never_ends_strands_the_device_after_a_day() -> None:
    end = play(Case(("a", "b"), {"b": ("health-fails", "slow:30h", "revert-fails")}))
    assert end.states == {"a": State.SUCCEEDED, "b": State.STRANDED}
