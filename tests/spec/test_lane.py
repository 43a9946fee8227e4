"""Who may act in a lane: opening, waiting for one's turn, taking the lease, and what a take-over brings along."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanes import LANE, PLAN, Bay
from recording import ADA, BOB, opened, step, stop
from telling import a_plan
from tidegate.audit.holder import Holder
from tidegate.audit.lease import RENEW, TTL
from tidegate.audit.people import say
from tidegate.audit.trouble import Busy, Queued
from tidegate.errors import LeaseLost, Refusal, RemoteAway, UsageError
from tidegate.model.event import EndedEvent, LeaseTaken, Stepped
from tidegate.model.state import Result
from tidegate.rollout.ending import ended
from tidegate.rollout.progress import Progress


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return Bay(tmp_path)


def taken(bay: Bay) -> LeaseTaken:
    """The newest taking of a lease."""
    return [event for event in bay.events if isinstance(event, LeaseTaken)][-1]


def the_end(bay: Bay) -> EndedEvent:
    return ended(Progress.of(PLAN), bay.clock.now(), "end", 1, Result.STOPPED)


def test_who_opens_holds_the_lease_and_its_token_is_the_number_of_that_record(bay: Bay) -> None:
    held = bay.run(bay.opened())
    view = bay.run(bay.lane().look())
    assert (held.rollout, held.token, held.lane) == ("default-1", 1, LANE)
    assert bay.words == ["Opened", "LeaseTaken"]
    assert (view.lease.token, view.lease.held, view.lease.holder) == (1, True, ADA.text)
    assert (view.occupied, [past.rollout for past in view.pasts]) == (True, ["default-1"])
    assert held.record().opened.file.startswith("sha256:")


def test_a_lane_takes_one_rollout_at_a_time(bay: Bay) -> None:
    bay.run(bay.opened())
    with pytest.raises(Queued, match=r"default-1 has not ended and is on in lane shop/default") as wrong:
        bay.run(bay.opened(holder=BOB))
    assert (wrong.value.rollout, wrong.value.lane, wrong.value.exit_code) == ("default-1", LANE, 5)
    assert bay.words == ["Opened", "LeaseTaken"]


def test_two_lanes_do_not_share_a_device(bay: Bay) -> None:
    bay.run(bay.opened())
    with pytest.raises(Queued, match="has b: this one waits"):
        bay.run(bay.opened(a_plan("all: b c", lane="database"), BOB))
    other = bay.run(bay.opened(a_plan("all: c d", lane="database"), BOB))
    assert other.rollout == "database-2"
    assert other.token == 2


def test_once_it_has_ended_the_next_one_may_begin(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((), lambda _record, _seq: ((the_end(bay),), True))
        assert (await bay.opened(holder=BOB)).rollout == "default-3"

    bay.run(story())
    assert taken(bay).from_ == 1
    assert taken(bay).free


def test_an_ended_rollout_whose_lease_is_still_held_keeps_its_lane(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((), lambda _record, _seq: ((the_end(bay),), False))
        with pytest.raises(Busy):
            await bay.opened(holder=BOB)

    bay.run(story())


def test_a_lease_is_not_taken_from_who_lives(bay: Bay) -> None:
    bay.run(bay.opened())
    with pytest.raises(Busy, match=ADA.text) as wrong:
        bay.run(bay.lane().acquire("default-1", BOB))
    assert wrong.value.left == TTL
    assert wrong.value.holder == ADA.text
    assert bay.words == ["Opened", "LeaseTaken"]


def test_it_is_taken_at_once_from_a_process_that_is_gone(bay: Bay) -> None:
    bay.run(bay.opened())
    bay.dead.add(ADA.text)
    held = bay.run(bay.lane().acquire("default-1", BOB))
    assert (held.token, taken(bay).from_, taken(bay).free) == (2, 1, False)


def test_it_is_taken_at_once_when_a_person_says_now(bay: Bay) -> None:
    bay.run(bay.opened())
    assert bay.run(bay.lane().acquire("default-1", BOB, now=True)).token == 2


def test_the_same_process_takes_its_own_lease_again(bay: Bay) -> None:
    bay.run(bay.opened())
    assert bay.run(bay.lane().acquire("default-1", ADA)).token == 2


def test_it_is_taken_after_the_ttl_of_silence_by_our_own_clock(bay: Bay) -> None:
    async def story() -> None:
        await bay.opened()
        lane = bay.lane()
        with pytest.raises(Busy):
            await lane.acquire("default-1", BOB)
        await bay.clock.sleep(TTL - 1)
        with pytest.raises(Busy) as wrong:
            await lane.acquire("default-1", BOB)
        assert wrong.value.left == 1
        await bay.clock.sleep(1)
        assert (await lane.acquire("default-1", BOB)).token == 2

    bay.run(story())


def test_the_silence_begins_when_we_first_look_whatever_the_record_says(bay: Bay) -> None:
    async def story() -> None:
        await bay.opened()
        await bay.clock.sleep(10 * TTL)
        with pytest.raises(Busy) as wrong:
            await bay.lane().acquire("default-1", BOB)
        assert wrong.value.left == TTL

    bay.run(story())


def test_a_sign_of_life_ends_the_silence_and_a_persons_word_does_not(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        lane = bay.lane()
        await lane.look()
        await bay.clock.sleep(TTL - 1)
        await held.renew()
        await lane.look()
        await bay.clock.sleep(TTL - 1)
        await say(bay.branch(), LANE, "default-1", lambda _: stop(bay.clock))
        with pytest.raises(Busy) as wrong:
            await lane.acquire("default-1", BOB)
        assert wrong.value.left == 1
        await bay.clock.sleep(1)
        assert (await lane.acquire("default-1", BOB)).token == 4

    bay.run(story())


def test_a_holder_gives_a_sign_in_time(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append(())
        assert len(bay.remote.tips) == 2, "there was nothing to say"
        await bay.clock.sleep(RENEW)
        await held.append(())
        assert len(bay.remote.tips) == 3
        assert RENEW < TTL

    bay.run(story())


def test_what_ended_or_never_was_is_not_acquired(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((), lambda _record, _seq: ((the_end(bay),), True))
        with pytest.raises(Refusal, match="default-1 has ended: stopped"):
            await bay.lane().acquire("default-1", BOB)
        with pytest.raises(UsageError, match="there is no rollout default-7 in shop/default"):
            await bay.lane().acquire("default-7", BOB)

    bay.run(story())


def test_a_take_over_brings_the_steps_of_the_dead_runners_spool_before_its_own_word(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        await held.append((step(bay.clock, 1),))
        held.spool.write((step(bay.clock, 1), step(bay.clock, 2, "b"), the_end(bay)))
        await bay.lane().acquire("default-1", BOB, now=True)
        with pytest.raises(LeaseLost):
            held.spool.write((step(bay.clock, 3),))

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "Stepped", "Stepped", "LeaseTaken"], "a step once, no decision"
    assert [event.k for event in bay.events if isinstance(event, Stepped)] == [1, 2]


def test_another_machine_knows_nothing_of_that_spool(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        held.spool.write((step(bay.clock, 1),))
        await bay.lane(machine="two").acquire("default-1", BOB, now=True)

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "LeaseTaken"]


def test_a_spool_is_read_by_the_direct_successor_alone(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        held.spool.write((step(bay.clock, 1),))
        await bay.lane(machine="two").acquire("default-1", BOB, now=True)
        await bay.lane().acquire("default-1", ADA, now=True)

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "LeaseTaken", "LeaseTaken"]


def test_an_opening_that_landed_late_is_found_and_not_opened_twice(bay: Bay) -> None:
    bay.remote.late = 1
    held = bay.run(bay.opened())
    assert (held.rollout, held.token) == ("default-1", 1)
    assert bay.words == ["Opened", "LeaseTaken"]


def test_an_acquire_that_landed_late_is_ours(bay: Bay) -> None:
    bay.run(bay.opened())
    bay.remote.late = 1
    held = bay.run(bay.lane().acquire("default-1", BOB, now=True))
    assert held.token == 2
    assert bay.words == ["Opened", "LeaseTaken", "LeaseTaken"]


def test_an_acquire_whose_answer_was_lost_is_taken_again_by_the_same_process(bay: Bay) -> None:
    bay.run(bay.opened())
    bay.remote.cut = 1
    lane = bay.lane()
    with pytest.raises(RemoteAway):
        bay.run(lane.acquire("default-1", BOB, now=True))
    bay.remote.away = False
    assert bay.run(lane.acquire("default-1", BOB)).token == 3


def test_events_before_the_lease_stand_between_the_opening_and_the_taking(bay: Bay) -> None:
    async def story() -> None:
        before = (step(bay.clock, 1),)
        await bay.lane().open(PLAN, opened(bay.clock, PLAN), ADA, before)

    bay.run(story())
    assert bay.words == ["Opened", "Stepped", "LeaseTaken"]


def test_a_later_attempt_of_the_run_takes_over_at_once_and_another_run_does_not(bay: Bay) -> None:
    async def doing() -> None:
        first = await bay.opened(holder=Holder("gh:7/1/staging", "ada"))
        with pytest.raises(Busy):
            await bay.lane(machine="two").acquire(first.rollout, Holder("gh:8/1/staging", "bob"))
        again = await bay.lane(machine="three").acquire(first.rollout, Holder("gh:7/2/staging", "ada"))
        assert again.token > first.token
        with pytest.raises(LeaseLost):
            await first.renew()

    bay.run(doing())
