"""A lease that is held: facts and decisions in one write, each once, and none after it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from lanes import LANE, Bay
from recording import ADA, BOB, step, stop
from tidegate.audit.branch import TRIES, entry_of, next_head
from tidegate.audit.people import say
from tidegate.errors import AuditError, LeaseLost, RemoteAway
from tidegate.model.event import Event, Stepped, StopAsked, WaveOpened
from tidegate.model.record import Record


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return Bay(tmp_path)


class Decider:
    """Opens the wave once, and notes what it was asked about. `k` numbers its events anew at every call."""

    def __init__(self, bay: Bay, *, release: bool = False) -> None:
        self.asked: list[tuple[int, int]] = []
        self._bay = bay
        self._release = release

    def __call__(self, record: Record, seq: int) -> tuple[Sequence[Event], bool]:
        self.asked.append((seq, len(record.events)))
        if any(isinstance(event, WaveOpened) for event in record.events):
            return (), self._release
        at = self._bay.clock.now()
        return (WaveOpened(at=at, o="engine", k=len(self.asked), wave="all", members=("a", "b")),), self._release


def names(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_facts_and_what_is_decided_on_them_are_one_record(bay: Bay) -> None:
    async def story() -> None:
        held, decide = await bay.opened(), Decider(bay)
        given = await held.append((step(bay.clock, 1),), decide)
        assert names(given) == ["Stepped", "WaveOpened"]
        assert decide.asked == [(2, 3)], "on the record with the facts in it, for record 2"
        assert names(held.record().events) == ["Opened", "LeaseTaken", "Stepped", "WaveOpened"]

    bay.run(story())
    assert len(bay.remote.tips) == 3


def test_a_fact_is_written_once_however_often_it_is_given(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((step(bay.clock, 1),))
        given = await held.append((step(bay.clock, 1), step(bay.clock, 2)))
        assert [event.k for event in given] == [2]
        assert await held.append((step(bay.clock, 1),)) == ()

    bay.run(story())
    assert [event.k for event in bay.events if isinstance(event, Stepped)] == [1, 2]


def test_nothing_to_say_is_not_said(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        assert await held.append((), lambda _record, _seq: ((), False)) == ()

    bay.run(story())
    assert len(bay.remote.tips) == 2


def test_a_persons_word_comes_with_the_next_look(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await say(bay.branch(), LANE, "default-1", lambda _: stop(bay.clock))
        assert names(await held.fetch()) == ["StopAsked"]
        assert names(await held.fetch()) == []
        await say(bay.branch(), LANE, "default-1", lambda _: stop(bay.clock, k=2))
        assert names(await held.append((step(bay.clock, 1),))) == ["StopAsked", "Stepped"]

    bay.run(story())


def test_a_decision_is_made_anew_on_what_came_between(bay: Bay) -> None:
    """Just while it is decided, somebody is quicker."""

    def decide(record: Record, _seq: int) -> tuple[Sequence[Event], bool]:
        if any(isinstance(event, StopAsked) for event in record.events):
            return (), True
        head = next_head(bay.tip, LANE, "default-1", held=True, token=1, holder=ADA.text, by="bob", at="")
        bay.remote.write(entry_of(bay.tip, head, [stop(bay.clock)], bay.clock))
        return (WaveOpened(at=bay.clock.now(), o="engine", k=1, wave="all", members=("a",)),), False

    async def story() -> None:
        held = await bay.opened()
        assert names(await held.append((), decide)) == ["StopAsked"]

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "StopAsked"], "what was decided without the word was not written"


def test_a_decision_that_landed_late_is_given_before_another_is_made(bay: Bay) -> None:
    async def story() -> None:
        held, decide = await bay.opened(), Decider(bay)
        bay.remote.late = 1
        assert names(await held.append((), decide)) == ["WaveOpened"]
        assert decide.asked == [(2, 2)], "it was not asked again"

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "WaveOpened"]


def test_what_was_written_while_the_remote_went_away_is_found_when_it_is_back(bay: Bay) -> None:
    async def story() -> None:
        held, decide = await bay.opened(), Decider(bay)
        bay.remote.cut = 1
        with pytest.raises(RemoteAway):
            await held.append((step(bay.clock, 1),), decide)
        with pytest.raises(RemoteAway):
            await held.append((step(bay.clock, 1),), decide)
        bay.remote.away = False
        given = await held.append((step(bay.clock, 1),), decide)
        assert names(given) == ["Stepped", "WaveOpened"]

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "Stepped", "WaveOpened"]


def test_who_lost_the_lease_writes_nothing_more(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await bay.lane().acquire("default-1", BOB, now=True)
        for writing in (held.append((step(bay.clock, 1),), Decider(bay)), held.renew(), held.fetch(), held.release()):
            with pytest.raises(LeaseLost, match=r"token 2, ours was 1"):
                await writing

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "LeaseTaken"]


def test_a_release_is_the_last_act(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((), Decider(bay, release=True))
        view = await bay.lane().look()
        assert (view.lease.held, view.lease.token) == (False, 1)
        assert await held.release() == (), "twice is once"
        with pytest.raises(LeaseLost):
            held.spool.write((step(bay.clock, 1),))
        with pytest.raises(LeaseLost, match="was released by us already"):
            await held.append((), lambda _record, _seq: ((stop(bay.clock),), False))
        assert (await bay.lane().acquire("default-1", BOB)).token == 3

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "WaveOpened", "LeaseTaken"]


def test_a_branch_that_takes_nothing_is_said_after_its_tries(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        bay.remote.lost = TRIES
        with pytest.raises(AuditError, match="could not write to memory/tidegate-audit in 20 tries: stale"):
            await held.append((step(bay.clock, 1),))

    bay.run(story())
    assert len(bay.remote.tips) == 2
