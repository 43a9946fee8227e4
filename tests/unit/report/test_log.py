"""A log: a line for what is worth one, and never a flood."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telling import Tale, a_plan
from tidegate.model.event import Approved, Event, LostReports, Retried, UnknownFact
from tidegate.model.state import HeldKind, State, Step
from tidegate.report.log import LogListener, line
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.progress import Progress, after


def heard(tale: Tale) -> list[str]:
    said: list[str] = []
    listener = LogListener(said.append, tale.rollout)
    progress = Progress.of(tale.plan)
    for event in tale.events:
        progress = after(progress, event)
        listener.hear(event, progress)
    return said


def last(tale: Tale) -> str | None:
    return line(tale.events[-1], tale.progress)


def one() -> Tale:
    return Tale(a_plan("everyone: a", allowed=1)).wave("everyone")


def test_a_device_that_goes_up_without_trouble_gets_no_line() -> None:
    assert heard(one().go("a", "start staged applied healthy confirm confirmed"))[1:] == []


def test_two_thousand_devices_that_fail_are_a_dozen_lines() -> None:
    devices = " ".join(f"d{number}" for number in range(2_000))
    tale = Tale(a_plan(f"everyone: {devices}")).wave("everyone").fail(devices)
    assert 10 <= len(heard(tale)) <= 14


def test_each_kind_of_trouble_of_each_wave_has_its_own_five_lines() -> None:
    tale = Tale(a_plan("one: a b c d e f g", "two: h i j k l m n")).wave("one").go("a b c d e f g", "start unreached")
    tale.wave("two").go("h i j k l m n", "start unreached")
    lines = Counter(text.split()[1] for text in heard(tale) if "skipped" in text or "more" in text)
    assert lines == {"one": 6, "two": 6}


def test_what_a_device_says_cannot_forge_a_line_or_command_a_runner() -> None:
    hostile = "ok\n12:00:00 everyone  PASS\x1b[2K\n::set-output name=x::y ##[error]gone \u202e"
    said = last(one().go("a", "start staged applied unhealthy", text=hostile))
    assert said is not None
    assert said.isprintable() or all(part.isprintable() for part in said.split("\n"))
    assert "\\n12:00:00" in said
    assert not any(part.lstrip().startswith("::") for part in said.split("\n"))
    assert "##[" not in said


@pytest.mark.parametrize(
    ("steps", "why", "said"),
    [
        ("start unfit", "no_space", "a  refused: its disk is full; nothing was switched"),
        ("start unfit", "a_word_of_tomorrow", "a  refused: a_word_of_tomorrow; nothing was switched"),
        ("start invalid", "", "a  refused: its own validation said no (1 failed, 0 allowed)"),
        ("skip", "removed", "a  skipped: it is not in the fleet any more"),
        ("start staged apply_failed", "", "a  failed; goes back (1 failed, 0 allowed)"),
        ("start staged lost take_back reverted", "unreached", "a  nothing was switched on it"),
        (
            "start staged lost take_back reverted",
            "interrupted",
            "a  reverted, interrupted too often; former digest read",
        ),
        ("start staged lost stranded", "unreachable", "a  STRANDED, a person must look at it: unreachable"),
    ],
)
def test_what_is_said_of_a_device(steps: str, why: str, said: str) -> None:
    spoken = last(one().go("a", steps, why=why))
    assert spoken is not None
    assert spoken.split(maxsplit=2)[2].startswith(said)


def test_silence_counts_as_failed_and_says_so() -> None:
    tale = one().go("a", "start staged lost").go("a", "silent", why="silent", failed=True, text="no answer")
    assert str(last(tale)).endswith("a  says nothing any more: no answer (1 failed, 0 allowed)")


def test_a_take_over_says_how_many_are_asked() -> None:
    tale = Tale(a_plan("everyone: a b c")).wave("everyone").go("a b", "start staged").take_over(900)
    assert str(last(tale)).endswith("rollout   taken up: 3 devices at work asked where they are")


def test_words_of_people_are_said_with_their_reason() -> None:
    tale = one().stop("bob", "odd", "hold")
    assert str(last(tale)).endswith("bob says stop and stay: odd")
    assert str(last(one().ask("everyone").reject("bob", "no"))).endswith("everyone  rejected by bob: no")
    tale.events.append(Retried(at=tale.now, o="x", k=1, component="nginx", digest="sha256:n", by="eve", why="a switch"))
    assert str(last(tale)).endswith("nginx is tried again, says eve: a switch")


@pytest.mark.parametrize("answer", ["go", "back", "end"])
def test_an_answer_is_said(answer: str) -> None:
    assert "eve says" in str(last(one().hold(HeldKind.STOPPED).answer("eve", answer, "I looked")))


def test_facts_of_a_later_version_are_shown() -> None:
    tale = one()
    strange: list[Event] = [
        UnknownFact(at=tale.now, o="x", k=1, e="weather", fields={}),
        LostReports(at=tale.now, o="x", k=2, count=3, why="rate limit"),
    ]
    said = [str(line(event, tale.progress)) for event in strange]
    assert ["weather" in said[0], "3 reports" in said[1]] == [True, True]


@given(st.lists(st.sampled_from(sorted(Step)), max_size=14), st.text(max_size=600))
def test_every_walk_through_the_machine_can_be_told_on_80_columns(steps: list[Step], text: str) -> None:
    tale = one()
    for step in steps:
        if (tale.progress.devices["a"].state, step) in TRANSITIONS and step not in (Step.TAKEN_OVER, Step.DONE):
            tale.go("a", step.value, text=text)
    for said in heard(tale):
        assert all(len(part) <= 80 or " " not in part[19:] for part in said.split("\n"))
    assert tale.progress.devices["a"].state in State


def test_an_approval_that_nobody_asked_for_is_still_told() -> None:
    tale = Tale(a_plan("everyone: a")).ask("everyone", 2).approve("eve").wave("everyone")
    word = next(event for event in tale.events if isinstance(event, Approved))
    assert str(line(word, tale.progress)).endswith("approved by eve")


def test_a_pass_that_proved_enough_is_not_called_weak() -> None:
    tale = one().go("a", "start staged applied healthy").judge(row=12)
    assert str(last(tale)).endswith("PASS: 1 of 1 healthy")
