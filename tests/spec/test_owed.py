"""What a dead job's spool still holds: facts while its token is the lane's, later only shown, and never twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from lanes import Bay
from recording import ADA, BOB, step
from tidegate.audit.held import Held
from tidegate.audit.owed import Settled, settle
from tidegate.model.event import EndedEvent, Late, Stepped
from tidegate.model.state import Result
from tidegate.rollout.ending import ended
from tidegate.rollout.progress import Progress


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return Bay(tmp_path)


def settled(bay: Bay, machine: str = "one") -> Sequence[Settled]:
    return bay.run(settle(bay.branch(), bay.spools(machine), "ada"))


async def knows_more_than_it_wrote(bay: Bay, machine: str = "one") -> Held:
    """A job that wrote its first fact, and had two more in its spool when it died."""
    held = await bay.opened(machine=machine)
    facts = [step(bay.clock, number, device) for number, device in ((1, "a"), (2, "b"))]
    held.spool.write(facts)
    await held.append(facts[:1])
    return held


def test_facts_of_the_newest_token_are_written_as_facts_once(bay: Bay) -> None:
    bay.run(knows_more_than_it_wrote(bay))
    assert settled(bay) == [Settled("default-1", 1, 1, late=False)]
    assert [event.d for event in bay.events if isinstance(event, Stepped)] == ["a", "b"]
    tip = bay.tip
    assert settled(bay) == [Settled("default-1", 1, 0, late=False)]
    assert bay.tip is tip, "nothing more is written"


def test_the_holder_who_lives_after_all_goes_on_and_writes_nothing_twice(bay: Bay) -> None:
    async def story() -> None:
        held = await knows_more_than_it_wrote(bay)
        await settle(bay.branch(), bay.spools(), "ada")
        facts = [step(bay.clock, 2, "b"), step(bay.clock, 3, "a")]
        await held.append(facts)

    bay.run(story())
    assert [event.k for event in bay.events if isinstance(event, Stepped)] == [1, 2, 3]


def test_after_a_take_over_they_are_shown_and_folded_into_nothing(bay: Bay) -> None:
    async def story() -> None:
        await knows_more_than_it_wrote(bay)
        await bay.lane(machine="two").acquire("default-1", BOB, now=True)

    bay.run(story())
    before = Progress.of(bay.tip.shelf.all()[0].plan, bay.events)
    assert settled(bay) == [Settled("default-1", 1, 1, late=True)]
    late = [event for event in bay.events if isinstance(event, Late)]
    assert [(event.token, len(event.lines)) for event in late] == [(1, 1)]
    assert Progress.of(bay.tip.shelf.all()[0].plan, bay.events).devices == before.devices
    assert settled(bay) == [], "the spool is dead"


def test_of_a_rollout_that_is_over_they_are_late_too(bay: Bay) -> None:
    async def story() -> None:
        held = await knows_more_than_it_wrote(bay, "one")
        again = await bay.lane(machine="two").acquire("default-1", ADA, now=True)
        assert again.token > held.token

        def over(record: object, _seq: int) -> tuple[Sequence[EndedEvent], bool]:
            progress = Progress.of(bay.tip.shelf.all()[0].plan)
            return [ended(progress, bay.clock.now(), "end", 1, Result.STOPPED)], True

        await again.append((), over)

    bay.run(story())
    assert settled(bay) == [Settled("default-1", 1, 1, late=True)]


def test_where_nothing_is_owed_nothing_is_done(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.release()

    bay.run(story())
    assert settled(bay) == []
    assert settled(bay, "another machine") == []
