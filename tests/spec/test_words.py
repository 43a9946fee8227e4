"""What people say, without the lease: it must answer what is open, and is written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanes import LANE, PLAN, Bay
from recording import ADA, BOB, stop
from tidegate.audit.held import Held
from tidegate.audit.people import Word, say
from tidegate.audit.shelf import Past
from tidegate.errors import Refusal, RemoteAway, UsageError
from tidegate.model.event import Answered, Approved, Asked, Event, HeldEvent, Rejected, WaveOpened
from tidegate.model.state import HeldKind, Result
from tidegate.rollout.ending import ended
from tidegate.rollout.progress import Progress


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return Bay(tmp_path)


async def decided(held: Held, make: Callable[[int], Event], *, release: bool = True) -> int:
    """The holder decides this; the number of the record in which it stands."""
    seqs: list[int] = []

    def decide(_record: object, seq: int) -> tuple[tuple[Event, ...], bool]:
        seqs.append(seq)
        return (make(seq),), release

    await held.append((), decide)
    return seqs[-1]


async def asked(bay: Bay, held: Held, k: int = 1, *, release: bool = True) -> int:
    def make(seq: int) -> Event:
        return Asked(at=bay.clock.now(), o="engine", k=k, ask=seq, wave="all", environment="all", count=2)

    return await decided(held, make, release=release)


async def put_on_hold(bay: Bay, held: Held, k: int = 1, *, release: bool = True) -> int:
    def make(seq: int) -> Event:
        return HeldEvent(at=bay.clock.now(), o="engine", k=k, hold=seq, kind=HeldKind.STOPPED)

    return await decided(held, make, release=release)


def yes(bay: Bay, ask: int, by: str = "bob", **fields: Any) -> Approved:
    said: dict[str, Any] = {"wave": "all", "plan": PLAN.digest, **fields}
    return Approved(at=bay.clock.now(), o=f"word of {by}", k=1, ask=ask, by=by, **said)


def answer(bay: Bay, hold: int, by: str = "bob") -> Answered:
    return Answered(at=bay.clock.now(), o=f"word of {by}", k=1, hold=hold, by=by, answer="go", why="seen")


async def told(bay: Bay, word: Word, rollout: str = "default-1") -> Past:
    return await say(bay.branch(), LANE, rollout, lambda _: word)


def test_a_word_repeats_the_lease_and_leaves_it_with_its_holder(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        past = await told(bay, stop(bay.clock))
        head = past.newest.head
        assert (head.by, head.holder, head.token, head.held) == ("bob", ADA.text, 1, True)
        await held.renew()
        await held.release()
        head = (await told(bay, stop(bay.clock, "eve"))).newest.head
        assert (head.by, head.holder, head.token, head.held) == ("eve", ADA.text, 1, False)

    bay.run(story())


def test_an_approval_answers_the_newest_question_of_this_plan(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        with pytest.raises(Refusal, match="default-1: nobody is asked for anything now"):
            await told(bay, yes(bay, 1))
        ask = await asked(bay, held)
        for wrong, words in (
            (yes(bay, ask - 1), f"question {ask - 1} .* is not the newest; that is {ask}"),
            (yes(bay, ask, wave="rest"), f"question {ask} \\(rest\\) is not the newest; that is {ask}, for all"),
            (yes(bay, ask, plan="sha256:other"), "its plan is sha256:[0-9a-f]+, not sha256:other"),
        ):
            with pytest.raises(Refusal, match=words):
                await told(bay, wrong)
        await told(bay, yes(bay, ask))
        await told(bay, yes(bay, ask, "eve"))

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "Asked", "Approved", "Approved"]


def test_after_a_no_there_is_nothing_to_say_yes_to(bay: Bay) -> None:
    async def story() -> None:
        ask = await asked(bay, await bay.opened())
        no = Rejected(at=bay.clock.now(), o="eve", k=1, ask=ask, wave="all", plan=PLAN.digest, by="eve")
        await told(bay, no)
        with pytest.raises(Refusal, match="eve has said no to it already"):
            await told(bay, yes(bay, ask))

    bay.run(story())


def test_a_question_is_over_once_its_wave_is_open(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        ask = await asked(bay, held, release=False)
        opened = WaveOpened(at=bay.clock.now(), o="engine", k=9, wave="all", members=("a", "b"))
        await decided(held, lambda _: opened)
        with pytest.raises(Refusal, match="nobody is asked"):
            await told(bay, yes(bay, ask))

    bay.run(story())


def test_the_first_answer_to_a_hold_counts_and_the_second_is_told_so(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        with pytest.raises(Refusal, match="it waits for nobody's answer now"):
            await told(bay, answer(bay, 1))
        first = await put_on_hold(bay, held, release=False)
        second = await put_on_hold(bay, held, 2)
        with pytest.raises(Refusal, match=f"hold {first} is not the newest; that is {second}"):
            await told(bay, answer(bay, first))
        await told(bay, answer(bay, second))
        with pytest.raises(Refusal, match=f"bob has answered hold {second} already: go"):
            await told(bay, answer(bay, second, "eve"))

    bay.run(story())
    assert bay.words[-2:] == ["HeldEvent", "Answered"]


def test_nothing_is_said_to_what_has_ended_or_never_was(bay: Bay) -> None:
    async def story() -> None:
        held = await bay.opened()
        over = ended(Progress.of(PLAN), bay.clock.now(), "engine", 1, Result.STOPPED)
        await decided(held, lambda _: over)
        with pytest.raises(Refusal, match="default-1 has ended: stopped"):
            await told(bay, stop(bay.clock))
        with pytest.raises(UsageError, match="there is no rollout default-9"):
            await told(bay, stop(bay.clock), "default-9")

    bay.run(story())
    assert bay.words[-1] == "EndedEvent"


def test_a_word_that_landed_late_is_written_once_even_where_it_ends_what_it_answers(bay: Bay) -> None:
    async def story() -> None:
        hold = await put_on_hold(bay, await bay.opened())
        bay.remote.late = 1
        past = await told(bay, answer(bay, hold))
        assert [type(event) for event in past.newest.events] == [Answered]

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "HeldEvent", "Answered"]


def test_a_word_said_again_by_the_same_command_is_written_once(bay: Bay) -> None:
    async def story() -> None:
        await bay.opened()
        bay.remote.cut = 1
        with pytest.raises(RemoteAway):
            await told(bay, stop(bay.clock))
        bay.remote.away = False
        await told(bay, stop(bay.clock))

    bay.run(story())
    assert bay.words == ["Opened", "LeaseTaken", "StopAsked"]


def test_the_word_is_made_for_each_tip_and_may_give_up(bay: Bay) -> None:
    async def story() -> None:
        await bay.opened()
        bay.remote.lost = 1
        seen: list[int] = []

        def word(past: Past) -> Word:
            seen.append(past.newest.head.seq)
            if len(seen) > 1:
                raise Refusal("no more")
            return replace(stop(bay.clock), by=BOB.by)

        with pytest.raises(Refusal, match="no more"):
            await say(bay.branch(), LANE, "default-1", word)
        assert seen == [1, 1]

    bay.run(story())
