"""What people say about a rollout, written without its lease: yes, no, stop, and answers to a hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.lane import unended
from tidegate.audit.shelf import Past
from tidegate.audit.store import Entry, Tip
from tidegate.errors import Refusal
from tidegate.model.canonical import instant
from tidegate.model.event import Answered, Approved, Rejected, StopAsked
from tidegate.rollout.progress import Progress

Word: TypeAlias = Approved | Rejected | StopAsked | Answered


async def say(branch: Branch, lane: str, rollout: str, word: Callable[[Past], Word]) -> Past:
    """Write a person's word; returns the rollout with it. Its head repeats the lease as the lane's newest one has it.

    `word` is asked at every try, for the rollout as of that tip, and may raise. Refusal where the rollout has ended
    or the word answers nothing that is open, UsageError where there is no such rollout. A word that landed although
    its answer was lost is written once: `word` gives its event the same `o` and `k` each time.
    """
    said: set[tuple[str, int]] = set()

    def make(tip: Tip) -> Entry | None:
        if said & _identities(tip.shelf.pasts.get(rollout)):
            return None
        past = unended(tip.shelf, lane, rollout)
        event = word(past)
        said.add((event.o, event.k))
        if said & _identities(past):
            return None
        wrong = _wrong(Progress.of(past.plan, past.events), event)
        if wrong:
            raise Refusal(f"{rollout}: {wrong}", hint=f"See: tidegate status, tidegate audit show {rollout}")
        lease = tip.shelf.heads[lane]
        head = next_head(
            tip, lane, rollout, held=lease.held, token=lease.token, holder=lease.holder, by=event.by,
            at=instant(branch.clock.now()),
        )  # fmt: skip
        return entry_of(tip, head, [event], branch.clock)

    tip = await branch.append(make)
    return tip.shelf.pasts[rollout]


def _identities(past: Past | None) -> set[tuple[str, int]]:
    return {(event.o, event.k) for event in past.events} if past is not None else set()


def _wrong(progress: Progress, word: Word) -> str:
    """Why the word answers nothing that is open; a stop may be asked for at any time."""
    match word:
        case Approved() | Rejected():
            return _not_asked(progress, word)
        case Answered():
            return _not_held(progress, word)
        case StopAsked():
            return ""


def _not_asked(progress: Progress, word: Approved | Rejected) -> str:
    ask = progress.ask
    if ask is None:
        return "nobody is asked for anything now"
    if word.ask != ask.ask or word.wave != ask.wave:
        return f"question {word.ask} ({word.wave}) is not the newest; that is {ask.ask}, for {ask.wave}"
    if word.plan != progress.plan.digest:
        return f"its plan is {progress.plan.digest}, not {word.plan}"
    if progress.rejected is not None:
        return f"{progress.rejected.by} has said no to it already"
    return ""


def _not_held(progress: Progress, word: Answered) -> str:
    if progress.answer is not None and progress.answer.hold == word.hold:
        return f"{progress.answer.by} has answered hold {word.hold} already: {progress.answer.answer}"
    if progress.hold is None:
        return "it waits for nobody's answer now"
    if word.hold != progress.hold.hold:
        return f"hold {word.hold} is not the newest; that is {progress.hold.hold}"
    return ""
