"""The loop: ask what to do next, write it down, let the crew act; and leave in good order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from tidegate.clock import Clock
from tidegate.engine.book import Book
from tidegate.engine.contact import stay_awake
from tidegate.engine.crew import Crew
from tidegate.engine.job import Job, Journal, Listener, Notebook
from tidegate.errors import LeaseLost, RemoteAway
from tidegate.model.event import FACTS, Event, HeldEvent
from tidegate.model.record import Record
from tidegate.model.state import HeldKind
from tidegate.rollout.decide import Do, Leave, Next, Stamp, Wait, decide
from tidegate.rollout.progress import Progress, after

Decide: TypeAlias = Callable[[Record, int], tuple[Sequence[Event], bool]]
_VALUES = 100_000
"""So many more values are kept before Python looks for garbage among them."""
_SOON = 0.02
"""Seconds: so long a turn lasts at least where the clock is not quite there yet."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How this job ended: what is known, and who may go on."""

    progress: Progress
    leave: Leave


class Engine:
    """Carries out one rollout for as long as it holds the lease."""

    def __init__(
        self,
        job: Job,
        journal: Journal,
        record: Record,
        notebook: Notebook,
        clock: Clock,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._job = job
        self._journal = journal
        self._clock = clock
        self._book = Book(job, record, clock, notebook, listeners)
        self._crew = Crew(job, self._book, journal.token, clock)
        self._since = self._written = self._tried = clock.monotonic()
        self._end = self._since + job.lasts
        self._away = False
        self._cancelled = ""

    def cancel(self, reason: str) -> None:
        """A signal came: start nothing, write down, leave. Safe to call from a signal handler of the loop."""
        self._cancelled = self._cancelled or reason
        self._book.changed.set()

    async def run(self) -> Outcome:
        """Until the rollout ends, is held, or another leg's turn comes. Raises LeaseLost, AuditError."""
        with _collecting_less():
            return await self._run()

    async def _run(self) -> Outcome:
        self._crew.rouse()
        try:
            while True:
                self._book.changed.clear()
                if self._crew.error is not None:
                    raise self._crew.error
                leave = await self._turn()
                if leave is not None:
                    return Outcome(self._book.progress, leave)
        finally:
            await self._crew.stop()

    async def _turn(self) -> Leave | None:
        if self._cancelled:
            return await self._leave_cancelled()
        self._crew.tend()
        step = self._next(self._book.progress, Stamp(self._job.owner, 0, 0, self._clock.now()))
        if self._is_due(step):
            return await self._write()
        await self._wait(step)
        return None

    def _next(self, progress: Progress, stamp: Stamp) -> Next:
        """Nothing is decided while confirmed devices must still answer a runner that took over."""
        if self._book.unasked and self._clock.monotonic() - self._since < self._job.ages.unknown:
            return Wait()
        seat = replace(
            self._job.seat,
            unasked=frozenset(self._book.unasked),
            unseen=bool(self._book.unseen),
            over=self._clock.monotonic() >= self._end,
        )
        return decide(progress, self._clock.now(), stamp, seat)

    def _is_due(self, step: Next) -> bool:
        now, ages = self._clock.monotonic(), self._job.ages
        if self._away:
            return now - self._tried >= ages.retry
        return isinstance(step, Do | Leave) or self._book.urgent or now - self._written >= ages.flush

    async def _write(self) -> Leave | None:
        """Facts that wait and the decision, in one segment; and what people said meanwhile comes back."""
        facts, leaving = list(self._book.waiting), list[Leave]()
        try:
            events = await self._append(facts, lambda record, seq: self._decide(record, seq, leaving))
        except RemoteAway:
            self._mark_away()
            return None
        if any(not isinstance(event, FACTS) for event in events):
            self._crew.rouse()
        return leaving[0] if leaving else None

    async def _append(self, facts: Sequence[Event], decide: Decide) -> Sequence[Event]:
        self._tried = self._clock.monotonic()
        events = await self._journal.append(facts, decide)
        self._away, self._written = False, self._clock.monotonic()
        self._book.written(facts)
        self._book.take(events)
        return events

    def _decide(self, record: Record, seq: int, leaving: list[Leave]) -> tuple[Sequence[Event], bool]:
        """Decide on the tip: what we know, and what people said since; release in the same segment where it ends."""
        decisions: list[Event] = []
        progress = self._book.on(record)
        step = self._next(progress, self._book.stamp(seq))
        if isinstance(step, Do):
            decisions.append(step.event)
            step = self._next(after(progress, step.event), self._book.stamp(seq))
        leaving[:] = [step] if isinstance(step, Leave) else []
        return decisions, bool(leaving)

    def _mark_away(self) -> None:
        """Without the remote nothing new starts; devices at work end by local evidence; the spool is enough."""
        self._away = True
        self._book.away()
        if self._clock.monotonic() - self._written > self._job.ages.lease:
            raise LeaseLost(
                "the audit remote has not answered for longer than the lease lasts",
                hint="Devices that were not confirmed go back by themselves. When it is back: tidegate resume",
            )

    async def _wait(self, step: Next) -> None:
        ages = self._job.ages
        now = self._clock.monotonic()
        due = self._tried + ages.retry if self._away else self._written + ages.flush
        if isinstance(step, Wait) and step.until is not None:
            due = min(due, now + (step.until - self._clock.now()).total_seconds())
        if now < self._end:
            due = min(due, self._end)
        alarm = self._clock.later(max(due - now, _SOON), self._book.changed.set)
        try:
            await self._book.changed.wait()
        finally:
            alarm.cancel()
        stay_awake("it waited", max(due, now), self._clock.monotonic(), ages)

    # Leaving on a signal.

    async def _leave_cancelled(self) -> Leave:
        await self._crew.let_go()
        released = False

        def decide_cancelled(record: Record, seq: int) -> tuple[Sequence[Event], bool]:
            nonlocal released
            released = True
            return self._decide_cancelled(record, seq), True

        while not released:  # a decision of ours that landed unseen is given to us before we are asked
            await self._append(list(self._book.waiting), decide_cancelled)
        return Leave("done" if self._book.progress.ended else "hold")

    def _decide_cancelled(self, record: Record, seq: int) -> Sequence[Event]:
        """A hold, unless there is a word to act on: then whoever is next acts on it at once."""
        progress = self._book.on(record)
        if progress.ended or progress.back or progress.stop or progress.rejected or progress.unacted:
            return []
        stamp = self._book.stamp(seq)
        return [HeldEvent(at=stamp.at, o=stamp.o, k=stamp.k, hold=seq, kind=HeldKind.CANCELLED, text=self._cancelled)]


@contextmanager
def _collecting_less() -> Iterator[None]:
    """With many thousand devices a look for garbage every few hundred values is a fifth of all work, and in vain:
    what we make is freed by its count."""
    usual = gc.get_threshold()
    gc.set_threshold(_VALUES, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
