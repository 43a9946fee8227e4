"""What the hourly job starts, by the record and its times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from lanes import PLAN, Bay
from tidegate.app.jobs.waking import may_be_started
from tidegate.audit.held import Held
from tidegate.model.event import Approved, Asked, Event, HeldEvent, StopAsked
from tidegate.model.record import Record
from tidegate.model.state import HeldKind

SOON, LATER = timedelta(minutes=9), timedelta(minutes=11)


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return Bay(tmp_path)


async def left(bay: Bay, *events: Event) -> Held:
    """A rollout whose job wrote these and let its lease go."""
    held = await bay.opened()

    def decide(_record: Record, _seq: int) -> tuple[Sequence[Event], bool]:
        return events, True

    await held.append((), decide)
    return held


def starts(bay: Bay, after: timedelta) -> bool:
    (past,) = bay.tip.shelf.all()
    return may_be_started(past, bay.clock.now() + after)


def hold(bay: Bay, kind: HeldKind) -> HeldEvent:
    return HeldEvent(at=bay.clock.now(), o="o", k=1, hold=2, kind=kind)


def ask(bay: Bay) -> Asked:
    return Asked(at=bay.clock.now(), o="o", k=1, ask=2, wave="all", environment="canary", count=1)


def test_a_job_that_may_live_is_left_alone_and_one_that_gives_no_sign_is_not(bay: Bay) -> None:
    bay.run(bay.opened())
    assert (starts(bay, SOON), starts(bay, LATER)) == (False, True)


def test_between_two_legs_the_next_one_is_given_its_time(bay: Bay) -> None:
    bay.run(left(bay))
    assert (starts(bay, SOON), starts(bay, LATER)) == (False, True)


@pytest.mark.parametrize("kind", list(HeldKind))
def test_holds_that_end_by_themselves_go_on_at_once_and_no_others(bay: Bay, kind: HeldKind) -> None:
    bay.run(left(bay, hold(bay, kind)))
    goes = kind in (HeldKind.SOAK, HeldKind.WINDOW, HeldKind.OFFLINE)
    assert (starts(bay, SOON), starts(bay, LATER)) == (goes, goes)


def test_nobody_goes_on_for_want_of_an_approval(bay: Bay) -> None:
    bay.run(left(bay, ask(bay)))
    assert not starts(bay, timedelta(days=3))


def test_what_nobody_answers_for_a_week_is_taken_up_to_be_ended(bay: Bay) -> None:
    bay.run(left(bay, hold(bay, HeldKind.CANCELLED)))
    assert (starts(bay, timedelta(days=6)), starts(bay, timedelta(days=8))) == (False, True)


def test_a_yes_that_nobody_acted_on_is_acted_on(bay: Bay) -> None:
    yes = Approved(at=bay.clock.now(), o="p", k=1, ask=2, wave="all", plan=PLAN.digest, by="heidi")
    bay.run(left(bay, ask(bay), yes))
    assert starts(bay, SOON)


def test_a_stop_that_nobody_acted_on_is_acted_on(bay: Bay) -> None:
    bay.run(left(bay, StopAsked(at=bay.clock.now(), o="p", k=2, by="heidi", then="back")))
    assert starts(bay, SOON)
