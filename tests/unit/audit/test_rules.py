"""What a record may say after the ones before it: what is honest passes, and each lie is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from recording import opened, step, stop
from telling import a_plan
from tidegate.audit.lease import NOBODYS, Lease
from tidegate.audit.rules import lease_wrongs, opening_wrongs, plan_wrongs
from tidegate.clock import VirtualClock
from tidegate.model.event import Event, LeaseTaken, WaveOpened
from tidegate.model.plan_file import plan_bytes, plan_json
from tidegate.model.segment import Head, Segment

CLOCK = VirtualClock()
PLAN = a_plan("all: a b")
HELD = Lease(5, held=True, holder="ann's", since="")
FREE = Lease(5, held=False, holder="ann's", since="")
HEAD = Head(
    seq=9, prev="", lane="shop/default", rollout="default-5", n=2, held=True, token=5, holder="ann's", by="ann",
    tool="", at="",
)  # fmt: skip
OPENING = opened(CLOCK, PLAN)
STEP, STOP = step(CLOCK, 1), stop(CLOCK)
WAVE = WaveOpened(at=CLOCK.now(), o="engine", k=1, wave="all", members=("a", "b"))


def take(token: int = 9, **said: Any) -> LeaseTaken:
    return LeaseTaken(at=CLOCK.now(), o="lane", k=1, token=token, **{"from_": 5, "free": False, **said})


def a_segment(*events: Event, **head: Any) -> Segment:
    return Segment(replace(HEAD, **head), events, "", "")


TAKEN = {"token": 9, "holder": "bob's"}


@pytest.mark.parametrize(
    ("segment", "before"),
    [
        (a_segment(STEP, WAVE), HELD),
        (a_segment(), HELD),
        (a_segment(WAVE, held=False), HELD),
        (a_segment(STOP, by="bob"), HELD),
        (a_segment(STOP, by="bob", held=False), FREE),
        (a_segment(STEP, held=False), FREE),
        (a_segment(STEP, take(), **TAKEN), HELD),
        (a_segment(take(free=True), **TAKEN), FREE),
        (a_segment(OPENING, take(from_=0, free=True), n=1, **TAKEN), NOBODYS),
        (a_segment(OPENING, n=1, token=0, held=False, holder=""), NOBODYS),
        (a_segment(take(), WAVE, held=False, **TAKEN), HELD),
    ],
)
def test_what_holders_and_people_write_is_in_order(segment: Segment, before: Lease) -> None:
    assert list(lease_wrongs(segment, before)) == []


@pytest.mark.parametrize(
    ("segment", "before", "wrong"),
    [
        (a_segment(WAVE, token=6), HELD, "has token 6 after 5, and nobody took the lease in it"),
        (a_segment(WAVE, holder="eve's"), HELD, "names another holder of token 5 than the one before it"),
        (a_segment(STEP), FREE, "holds a lease that was free, and that nobody took in it"),
        (a_segment(WAVE, held=False), FREE, "decides under a lease that was free"),
        (a_segment(STOP, held=False), HELD, "is a person's word, and changes the lease"),
        (a_segment(take(8), **TAKEN), HELD, "takes the lease with token 8, not with its own number"),
        (a_segment(take(from_=4), **TAKEN), HELD, "takes the lease from token 4; 5 was the newest"),
        (a_segment(take(free=True), **TAKEN), HELD, "takes the lease from token 5; 5 was the newest"),
        (a_segment(take(), take(), **TAKEN), HELD, "takes the lease more than once"),
    ],
)
def test_a_lease_that_does_not_follow_is_named(segment: Segment, before: Lease, wrong: str) -> None:
    assert list(lease_wrongs(segment, before)) == [wrong]


PLAN_BYTES = plan_bytes(PLAN)


@pytest.mark.parametrize(
    ("events", "n", "plan", "wrongs"),
    [
        ([OPENING, STEP], 1, PLAN_BYTES, []),
        ([STEP], 2, None, []),
        ([STEP, OPENING], 1, PLAN_BYTES, ["does not begin with the opening of its rollout"]),
        ([OPENING, OPENING], 1, PLAN_BYTES, ["does not begin with the opening of its rollout"]),
        ([], 1, PLAN_BYTES, ["does not begin with the opening of its rollout"]),
        ([OPENING], 2, None, ["opens its rollout a second time"]),
        ([OPENING], 1, PLAN_BYTES + b"\n", ["was opened for another plan than the one that lies beside it"]),
    ],
)
def test_the_first_record_and_no_other_opens(
    events: Sequence[Event], n: int, plan: bytes | None, wrongs: Sequence[str]
) -> None:
    assert list(opening_wrongs(a_segment(*events, n=n), plan)) == wrongs


def test_a_plan_is_the_one_that_was_opened_written_in_the_one_way() -> None:
    first, other = a_segment(OPENING, n=1), a_plan("all: a c")
    assert list(plan_wrongs(PLAN_BYTES, first)) == []
    assert list(plan_wrongs(plan_bytes(other), first)) == [f"has digest {other.digest}; it was opened as {PLAN.digest}"]
    loose = json.dumps(plan_json(PLAN)).encode()
    assert list(plan_wrongs(loose, first)) == ["is not written in the one way to write it (canonical JSON)"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 99_999, PLAN_BYTES.replace(b'"b"', b'"c"')])
def test_what_is_no_plan_is_said(content: bytes) -> None:
    (wrong,) = plan_wrongs(content, a_segment(OPENING, n=1))
    assert wrong.startswith("is no plan: ")
