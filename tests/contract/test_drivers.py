"""What every driver keeps, verb by verb; a driver joins with a bed of its own in `driving.FACTORIES`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from driving import FACTORIES, FIRST, NEW, NEWER, OLD, SECOND, Bed, artifact, play
from tidegate.model.answer import DRIFTED, At, Done, Ended, Failed, Lost, Placed, Refused, Seen, Staged
from tidegate.model.verb import (
    Apply,
    Confirm,
    Forget,
    Heartbeat,
    Inspect,
    Look,
    Revert,
    Snapshot,
    Stage,
    Verb,
    Why,
)

Script: TypeAlias = Callable[[Bed], Coroutine[Any, Any, None]]
Play: TypeAlias = Callable[[Script], None]
LATER = artifact("later still")
RACES = 72


@pytest.fixture(params=sorted(FACTORIES))
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """Plays a script with a device of every driver."""
    bed = FACTORIES[request.param](tmp_path)
    yield lambda script: play(bed, script)
    closing = getattr(bed, "close", None)
    if closing is not None:
        closing()


# Up.


def test_a_device_that_was_never_met_runs_nothing_that_is_known(on: Play) -> None:
    async def script(bed: Bed) -> None:
        seen = await bed.see()
        assert (seen.runs, seen.open, seen.running, dict(seen.transactions)) == ({"shop": "none"}, "", False, {})
        assert seen.highest == 1
        assert seen.boot
        spacious = await bed.say(Inspect(("shop",), space=True))
        assert isinstance(spacious, Seen)
        assert (seen.free, bool(spacious.free)) == (None, True)

    on(script)


def test_staging_changes_nothing_that_runs_and_says_what_it_found(on: Play) -> None:
    async def script(bed: Bed) -> None:
        assert await bed.say(bed.stage()) == Staged(("shop",), {"shop": "none"})
        seen = await bed.see()
        assert seen.transactions[FIRST].at is At.STAGED
        assert (seen.runs["shop"], seen.open) == ("none", "")
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


def test_what_runs_already_is_not_staged(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        (answer,) = await bed.ask(bed.stage(NEW, now=OLD.digest), Apply(300), tx=SECOND)
        assert isinstance(answer, Refused)
        assert answer.why == "already"
        assert SECOND not in (await bed.see(tx=SECOND)).transactions

    on(script)


def test_applying_switches_activates_and_is_read_back(on: Play) -> None:
    async def script(bed: Bed) -> None:
        answers = await bed.ask(bed.stage(), Apply(300), Inspect(("shop",)))
        staged, ended, seen = answers
        assert (staged, ended) == (Staged(("shop",), {"shop": "none"}), Ended(0))
        assert isinstance(seen, Seen)
        assert (seen.runs["shop"], seen.open, seen.running) == (NEW.digest, FIRST, False)
        assert (seen.transactions[FIRST].at, seen.transactions[FIRST].exit) == (At.ARMED, 0)
        assert (bed.lies(), bed.serves()) == ("new", "new")

    on(script)


def test_what_is_confirmed_stays_and_is_what_it_has(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm(deadline=2)
        assert await bed.say(Confirm()) == Placed(At.CONFIRMED)
        seen = await bed.see()
        assert (seen.runs["shop"], seen.open) == (NEW.digest, "")
        assert seen.transactions[FIRST].at is At.CONFIRMED
        assert bed.serves() == "new"

    on(script)


def test_every_verb_said_again_finds_what_it_did(on: Play) -> None:
    async def script(bed: Bed) -> None:
        assert await bed.say(bed.stage()) == await bed.say(bed.stage())
        assert await bed.say(Apply(300)) == await bed.say(Apply(300)) == Ended(0)
        assert await bed.say(bed.stage()) == Staged(runs={"shop": "none"})
        assert await bed.say(Confirm()) == await bed.say(Confirm()) == Placed(At.CONFIRMED)
        assert await bed.say(Apply(300)) == Ended(0)
        assert await bed.say(Revert(Why.BACK)) == await bed.say(Revert(Why.BACK)) == Placed(At.REVERTED)
        assert await bed.say(Confirm()) == Placed(At.REVERTED)

    on(script)


def test_a_request_ends_with_the_first_no(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.refuse_validation()
        (answer,) = await bed.ask(bed.stage(), Apply(300), Confirm())
        assert isinstance(answer, Refused)
        assert answer.why == "invalid"
        assert answer.text
        assert FIRST not in (await bed.see()).transactions
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


@pytest.mark.parametrize("verb", [Apply(300), Confirm()])
def test_what_is_not_staged_is_neither_applied_nor_confirmed(on: Play, verb: Verb) -> None:
    async def script(bed: Bed) -> None:
        answer = await bed.say(verb)
        assert isinstance(answer, Refused)
        assert answer.why == "not_armed"

    on(script)


def test_what_is_staged_and_not_armed_cannot_be_confirmed(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.say(bed.stage())
        answer = await bed.say(Confirm())
        assert isinstance(answer, Refused)
        assert answer.why == "not_armed"

    on(script)


def test_a_probe_says_its_exit_code(on: Play) -> None:
    async def script(bed: Bed) -> None:
        assert await bed.say(Look("true", 5)) == Ended(0)

    on(script)


# The fence.


@pytest.mark.parametrize(
    "verb",
    [Inspect(("shop",)), Stage(()), Apply(9), Look("true", 5), Heartbeat(9), Confirm(), Revert(Why.BACK), Forget()],
    ids=lambda verb: type(verb).__name__,
)
def test_a_runner_that_another_has_followed_is_refused_whatever_it_asks(on: Play, verb: Verb) -> None:
    async def script(bed: Bed) -> None:
        assert (await bed.see(token=7)).highest == 7
        answer = await bed.say(verb, token=6)
        assert isinstance(answer, Refused)
        assert answer.why == "token"
        assert (await bed.see(token=7)).transactions == {}

    on(script)


def test_tokens_of_another_audit_branch_are_none_of_this_ones(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.see(token=7)
        assert (await bed.see(token=2, scope="other")).highest == 2
        assert (await bed.see(token=8)).highest == 8

    on(script)


def test_token_0_only_looks_and_is_not_kept(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.see(token=7)
        assert (await bed.see(token=0)).highest == 7
        for verb in (bed.stage(), Apply(9), Heartbeat(9), Confirm(), Revert(Why.BACK), Forget()):
            answer = await bed.say(verb, token=0)
            assert isinstance(answer, Refused)
            assert answer.why == "token"
        assert (await bed.see(token=7)).transactions == {}

    on(script)


def test_a_newer_runner_takes_over_what_an_older_one_armed(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm()
        assert (await bed.see(token=2)).open == FIRST
        assert isinstance(await bed.say(Confirm()), Refused)
        assert await bed.say(Confirm(), token=2) == Placed(At.CONFIRMED)

    on(script)


# Back.


def test_reverting_brings_back_what_ran_and_activates_it(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        await bed.arm(NEWER, tx=SECOND, now=NEW.digest)
        assert bed.serves() == "newer"
        assert await bed.say(Revert(Why.FAILED), tx=SECOND) == Placed(At.REVERTED)
        seen = await bed.see(tx=SECOND)
        assert (seen.runs["shop"], seen.open, seen.transactions[SECOND].why) == (NEW.digest, "", Why.FAILED)
        assert (bed.lies(), bed.serves()) == ("new", "new")

    on(script)


def test_files_as_found_come_back_too(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm()
        assert await bed.say(Revert(Why.BACK)) == Placed(At.REVERTED)
        assert await bed.runs() == "none"
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


def test_the_newest_that_was_confirmed_can_be_taken_back(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        await bed.settle_on(NEWER, SECOND, now=NEW.digest)
        assert await bed.say(Revert(Why.BACK), tx=SECOND) == Placed(At.REVERTED)
        assert (await bed.runs(), bed.lies(), bed.serves()) == (NEW.digest, "new", "new")
        assert await bed.say(Revert(Why.BACK), tx=FIRST) == Placed(At.REVERTED)
        assert (await bed.runs(), bed.lies(), bed.serves()) == ("none", "old", "old")

    on(script)


def test_what_a_newer_change_stands_on_is_superseded(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        await bed.settle_on(NEWER, SECOND, now=NEW.digest)
        assert await bed.say(Revert(Why.BACK), tx=FIRST) == Placed(At.CONFIRMED, superseded=True)
        assert (await bed.runs(), bed.lies()) == (NEWER.digest, "newer")

    on(script)


def test_what_somebody_else_changed_since_is_superseded(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        bed.meddle()
        assert await bed.say(Revert(Why.BACK)) == Placed(At.CONFIRMED, superseded=True)
        bed.restore_by_hand(NEW)
        assert await bed.say(Revert(Why.BACK)) == Placed(At.REVERTED)

    on(script)


@pytest.mark.parametrize("staged", [False, True])
def test_reverting_what_was_never_armed_seals_it(on: Play, staged: bool) -> None:
    async def script(bed: Bed) -> None:
        if staged:
            await bed.say(bed.stage())
        assert await bed.say(Revert(Why.INTERRUPTED)) == Placed(At.REVERTED, sealed=True)
        assert (await bed.see()).transactions[FIRST].why is Why.SEALED
        late = await bed.ask(bed.stage(), Apply(300))
        assert [answer.why for answer in late if isinstance(answer, Refused)] == ["not_armed"]
        assert isinstance(await bed.say(Apply(300)), Refused)
        assert await bed.say(Revert(Why.FAILED)) == Placed(At.REVERTED, sealed=True)
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


def test_an_activation_that_fails_says_so_and_goes_back(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.fail_activation()
        answers = await bed.ask(bed.stage(), Apply(300), Inspect(("shop",)))
        failed = answers[-1]
        assert len(answers) == 2
        assert isinstance(failed, Ended)
        assert failed.exit == 1
        bed.heal()
        assert await bed.say(Confirm()) == Placed(At.ARMED)
        assert (await bed.see()).transactions[FIRST].exit == 1
        assert await bed.say(Revert(Why.FAILED)) == Placed(At.REVERTED)
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


def test_a_revert_that_fails_is_quarantined_until_a_person_has_looked(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm()
        bed.fail_activation()
        assert isinstance(await bed.say(Revert(Why.FAILED)), Failed)
        seen = await bed.see()
        assert (seen.open, seen.transactions[FIRST].at, seen.transactions[FIRST].stuck) == (FIRST, At.REVERTING, True)
        answer = await bed.say(bed.stage(NEWER), tx=SECOND)
        assert isinstance(answer, Refused)
        assert answer == Refused("quarantined", FIRST)
        assert isinstance(await bed.say(Revert(Why.FAILED)), Failed)
        assert await bed.say(Forget()) == Done()
        seen = await bed.see()
        assert (seen.open, seen.transactions[FIRST].at, seen.transactions[FIRST].stuck) == ("", At.REVERTED, False)
        bed.heal()
        await bed.arm(NEWER, tx=SECOND, over_drift=True)

    on(script)


def test_a_revert_that_failed_may_be_tried_again(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm()
        bed.fail_activation()
        assert isinstance(await bed.say(Revert(Why.FAILED)), Failed)
        bed.heal()
        assert await bed.say(Revert(Why.FAILED)) == Placed(At.REVERTED)
        assert (bed.lies(), bed.serves()) == ("old", "old")

    on(script)


# The dead man's switch.


def test_at_its_deadline_a_device_goes_back_by_itself(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm(deadline=1)
        assert bed.serves() == "new"
        await bed.until_at(At.REVERTED)
        seen = await bed.see()
        assert (seen.transactions[FIRST].at, seen.transactions[FIRST].why) == (At.REVERTED, Why.DEADLINE)
        assert (bed.lies(), bed.serves()) == ("old", "old")
        assert await bed.say(Confirm()) == Placed(At.REVERTED)
        assert await bed.say(Revert(Why.BACK)) == Placed(At.REVERTED)
        assert (await bed.see()).transactions[FIRST].why is Why.DEADLINE
        assert await bed.say(Revert(Why.FAILED)) == Placed(At.REVERTED)
        assert (await bed.see()).transactions[FIRST].why is Why.FAILED

    on(script)


def test_a_heartbeat_moves_the_deadline_away(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm(deadline=2)
        armed = bed.clock.monotonic()
        seen = await bed.say(Heartbeat(4))
        assert isinstance(seen, Seen)
        assert (seen.runs, seen.transactions[FIRST].at) == ({"shop": NEW.digest}, At.ARMED)
        await bed.until_at(At.REVERTED)
        assert bed.clock.monotonic() - armed > 3.9

    on(script)


def test_a_heartbeat_may_bring_the_deadline_nearer(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm(deadline=10_000)
        assert isinstance(await bed.say(Heartbeat(1)), Seen)
        await bed.until_at(At.REVERTED)
        assert (await bed.see()).transactions[FIRST].why is Why.DEADLINE

    on(script)


def test_an_activation_that_hangs_is_stopped_at_the_deadline(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.hold_activation()
        applying = asyncio.ensure_future(bed.ask(bed.stage(), Apply(1), deadline=20))
        await bed.until(lambda: _is_running(bed))
        await bed.until_at(At.REVERTING)
        bed.let_go()
        await bed.until_at(At.REVERTED)
        assert (bed.lies(), bed.serves()) == ("old", "old")
        assert isinstance((await applying)[-1], Lost)

    on(script)


def test_between_confirm_and_deadline_there_is_exactly_one_winner(
    request: pytest.FixtureRequest, tmp_path: Path, on: Play
) -> None:
    kind = request.node.callspec.params["on"]

    async def race(number: int) -> At:
        folder = tmp_path / str(number)
        folder.mkdir()
        bed = FACTORIES[kind](folder)
        try:
            await bed.arm(deadline=2, validate=(), activate=())
            await bed.clock.sleep(1.9 + 0.01 * (number % 24))
            said = await bed.say(Confirm())
            assert isinstance(said, Placed)
            if said.at is not At.CONFIRMED:
                await bed.until_at(At.REVERTED)
            seen = await bed.see()
            assert seen.transactions[FIRST].at is (At.CONFIRMED if said.at is At.CONFIRMED else At.REVERTED)
            assert (bed.lies(), seen.open) == ("new" if said.at is At.CONFIRMED else "old", "")
            return said.at
        finally:
            await bed.driver.close()
            getattr(bed, "close", lambda: None)()

    async def script(bed: Bed) -> None:
        for first in range(0, RACES, bed.at_once):
            await asyncio.gather(*(race(number) for number in range(first, first + bed.at_once)))

    on(script)


# Sessions that break.


def test_an_apply_whose_runner_is_gone_goes_on_and_is_found_again(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.hold_activation()
        asking = asyncio.ensure_future(bed.ask(bed.stage(), Apply(300), Confirm()))
        await bed.until(lambda: _is_running(bed))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await bed.see(token=2)).running
        bed.let_go()
        assert await bed.say(Apply(300), token=2) == Ended(0)
        seen = await bed.see(token=2)
        assert (seen.running, seen.open, seen.runs["shop"]) == (False, FIRST, NEW.digest)
        assert bed.serves() == "new"
        assert await bed.say(Confirm(), token=2) == Placed(At.CONFIRMED)

    on(script)


def test_an_apply_that_takes_too_long_for_its_runner_is_lost_and_goes_on(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.hold_activation()
        answers = await bed.ask(bed.stage(), Apply(300), deadline=bed.hurry)
        assert isinstance(answers[-1], Lost)
        assert (await bed.see()).running
        bed.let_go()
        assert await bed.say(Apply(300)) == Ended(0)

    on(script)


def test_a_revert_stops_an_apply_that_still_runs(on: Play) -> None:
    async def script(bed: Bed) -> None:
        bed.hold_activation()
        applying = asyncio.ensure_future(bed.ask(bed.stage(), Apply(300)))
        await bed.until(lambda: _is_running(bed))
        bed.let_go()
        assert await bed.say(Revert(Why.BACK), token=2) == Placed(At.REVERTED)
        assert isinstance((await applying)[-1], Lost | Ended | Refused)
        assert (await bed.runs(token=2), bed.lies(), bed.serves()) == ("none", "old", "old")

    on(script)


# What else lies there.


def test_what_drifted_is_not_written_over_unless_somebody_says_so(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        bed.meddle()
        assert await bed.runs() == DRIFTED
        answer = await bed.say(bed.stage(NEWER, now=NEW.digest), tx=SECOND)
        assert answer == Refused("drifted", f"shop: {DRIFTED}")
        await bed.arm(NEWER, tx=SECOND, now=NEW.digest, over_drift=True)
        assert await bed.runs() == NEWER.digest
        assert await bed.say(Revert(Why.BACK), tx=SECOND) == Placed(At.REVERTED)
        assert bed.lies() == "somebody else's"

    on(script)


def test_a_device_that_runs_something_else_than_the_runner_believes_refuses(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        answer = await bed.say(bed.stage(NEWER, now=OLD.digest), tx=SECOND)
        assert answer == Refused("drifted", f"shop: {NEW.digest}")

    on(script)


def test_what_changes_between_stage_and_apply_is_not_switched(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        await bed.say(bed.stage(NEWER, now=NEW.digest), tx=SECOND)
        bed.meddle()
        answer = await bed.say(Apply(300), tx=SECOND)
        assert isinstance(answer, Refused)
        assert answer.why == "not_armed"
        assert (await bed.see()).open == ""
        assert bed.lies() == "somebody else's"

    on(script)


def test_one_transaction_is_open_at_a_time(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.arm()
        assert await bed.say(bed.stage(NEWER), tx=SECOND) == Refused("foreign_transaction", FIRST)
        assert await bed.say(Revert(Why.BACK), tx=SECOND) == Placed(At.REVERTED, sealed=True)
        assert (await bed.see()).open == FIRST

    on(script)


def test_files_as_found_are_brought_back_from_the_snapshot(on: Play) -> None:
    async def script(bed: Bed) -> None:
        await bed.settle_on(NEW, FIRST)
        back = Stage((bed.load(NEW, now=NEW.digest, to="none", content=Snapshot(FIRST), validate=()),))
        answers = await bed.ask(back, Apply(300), Confirm(), tx=SECOND)
        assert tuple(answers) == (Staged(runs={"shop": NEW.digest}), Ended(0), Placed(At.CONFIRMED))
        assert (await bed.runs(), bed.lies(), bed.serves()) == ("none", "old", "old")
        bed.meddle()
        assert await bed.runs() == DRIFTED

    on(script)


def test_a_snapshot_that_is_not_there_cannot_be_staged(on: Play) -> None:
    async def script(bed: Bed) -> None:
        answer = await bed.say(Stage((bed.load(NEW, to="none", content=Snapshot("gone.default-1.1")),)))
        assert isinstance(answer, Refused)
        assert answer.why == "not_revertable"

    on(script)


def test_two_confirmed_snapshots_stay_and_what_is_purged_is_still_known(on: Play) -> None:
    """Six are too many; then the two newest stay."""

    async def script(bed: Bed) -> None:
        now = "none"
        for number in range(1, 7):
            content = (NEW, NEWER)[number % 2]
            await bed.settle_on(content, f"shop.default-{number}.1", now=now)
            now = content.digest
        assert len((await bed.see()).transactions) == 6
        await bed.arm(LATER, tx="shop.default-7.1", now=now)
        seen = await bed.see()
        assert {name[13:14] for name in seen.transactions} == {"5", "6", "7"}
        for number in (7, 6, 5):
            assert await bed.say(Revert(Why.BACK), tx=f"shop.default-{number}.1") == Placed(At.REVERTED)
        assert (await bed.runs(), bed.lies(), bed.serves()) == (NEW.digest, "new", "new")

    on(script)


async def _is_running(bed: Bed) -> bool:
    return (await bed.see()).running
