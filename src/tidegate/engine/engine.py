"""The loop: ask what to do next, write it down, let the crew act; and leave in good order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.clock import Clock
from tidegate.engine.book import Book
from tidegate.engine.crew import Crew
from tidegate.engine.job import Job, Journal, Listener, Notebook
from tidegate.errors import LeaseLost, RemoteAway
from tidegate.model.event import Event, HeldEvent, Stepped
from tidegate.model.record import Record
from tidegate.model.state import HeldKind
from tidegate.rollout.decide import Do, Leave, Next, Wait, decide
from tidegate.rollout.progress import Progress, after


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
        self._known = len(record.segments)
        self._book = Book(job, record.events, clock, notebook, listeners)
        self._crew = Crew(job, self._book, journal.token, clock)
        self._written = clock.monotonic()
        self._since = clock.monotonic()
        self._away = False
        self._cancelled = ""

    def cancel(self, reason: str) -> None:
        """A signal came: start nothing, write down, leave. Safe to call from a signal handler of the loop."""
        self._cancelled = self._cancelled or reason
        self._book.changed.set()

    async def run(self) -> Outcome:
        """Until the rollout ends, is held, or another leg's turn comes. Raises LeaseLost, AuditError."""
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
        step = self._next(self._book.progress, 0)
        if self._due(step):
            left = await self._write()
            if left is not None:
                return left
            step = self._next(self._book.progress, 0)
        if isinstance(step, Wait) or self._away:
            await self._wait(step)
        return None

    def _next(self, progress: Progress, seq: int) -> Next:
        """Nothing is decided while confirmed devices must still answer a runner that took over."""
        unasked = self._crew.unasked()
        if unasked and self._clock.monotonic() - self._since < self._job.ages.unknown:
            return Wait()
        seat = replace(self._job.seat, unseen=unasked)
        return decide(progress, self._clock.now(), self._book.stamp(seq), seat)

    def _due(self, step: Next) -> bool:
        if isinstance(step, Do | Leave) and not self._away:
            return True
        return self._book.urgent or self._clock.monotonic() - self._written >= self._job.ages.flush

    async def _write(self) -> Leave | None:
        """Facts that wait and the decision, in one segment; and what people said meanwhile comes back."""
        facts = list(self._book.waiting)
        leaving: list[Leave | None] = [None]
        try:
            events = await self._journal.append(facts, lambda record, seq: self._decide(record, seq, leaving))
        except RemoteAway:
            self._mark_away()
            return None
        self._away, self._written = False, self._clock.monotonic()
        self._book.written(facts)
        self._book.take(events)
        if any(not isinstance(event, Stepped) for event in events):
            self._crew.rouse()
        return leaving[0]

    def _decide(self, record: Record, seq: int, leaving: list[Leave | None]) -> tuple[Sequence[Event], bool]:
        """Decide on the tip: what we know, and what people said since; release in the same segment where it ends."""
        progress = self._book.progress
        for event in _foreign(record, self._job.owner, self._known):
            progress = after(progress, event)
        decisions: list[Event] = []
        step = self._next(progress, seq)
        while isinstance(step, Do) and not decisions:
            decisions.append(step.event)
            progress = after(progress, step.event)
            step = self._next(progress, seq)
        leaving[0] = step if isinstance(step, Leave) else None
        return decisions, leaving[0] is not None

    def _mark_away(self) -> None:
        """Without the remote nothing new starts; devices at work end by local evidence; the spool is enough."""
        self._away = True
        self._book.let_go()
        if self._clock.monotonic() - self._written > self._job.ages.lease:
            raise LeaseLost(
                "the audit remote has not answered for longer than the lease lasts",
                hint="Devices that were not confirmed go back by themselves. When it is back: tidegate resume",
            )

    async def _wait(self, step: Next) -> None:
        seconds = self._job.ages.flush - (self._clock.monotonic() - self._written)
        if isinstance(step, Wait) and step.until is not None:
            seconds = min(seconds, (step.until - self._clock.now()).total_seconds())
        alarm = self._clock.later(max(seconds, 0.02), self._book.changed.set)
        try:
            await self._book.changed.wait()
        finally:
            alarm.cancel()

    async def _leave_cancelled(self) -> Leave:
        await self._crew.stop()
        facts = list(self._book.waiting)
        events = await self._journal.append(facts, self._decide_cancelled)
        self._book.written(facts)
        self._book.take(events)
        return Leave("done" if self._book.progress.ended else "hold")

    def _decide_cancelled(self, record: Record, seq: int) -> tuple[Sequence[Event], bool]:
        progress = self._book.progress
        for event in _foreign(record, self._job.owner, self._known):
            progress = after(progress, event)
        if progress.ended or progress.back or progress.stop or progress.rejected or progress.unacted:
            return [], True
        stamp = self._book.stamp(seq)
        held = HeldEvent(at=stamp.at, o=stamp.o, k=stamp.k, hold=seq, kind=HeldKind.CANCELLED, text=self._cancelled)
        return [held], True


def _foreign(record: Record, owner: str, known: int) -> list[Event]:
    return [event for segment in record.segments[known:] for event in segment.events if event.o != owner]
