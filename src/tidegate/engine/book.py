"""The rollout's state in this process: events in, progress out, everybody told, nothing acted on before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from tidegate.clock import Clock
from tidegate.engine.job import Job, Listener, Notebook
from tidegate.model.event import Event, Stepped
from tidegate.rollout.decide import Stamp
from tidegate.rollout.facts import Move
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.progress import Progress, after

_TEXT = 500


class Book:
    """Folds events into progress. Facts are in the spool before anything follows from them."""

    def __init__(
        self, job: Job, events: Iterable[Event], clock: Clock, notebook: Notebook, listeners: Sequence[Listener]
    ) -> None:
        self.progress = Progress.of(job.plan, events)
        self.waiting: list[Event] = []
        self.changed = asyncio.Event()
        self.urgent = False
        self._job = job
        self._clock = clock
        self._notebook = notebook
        self._listeners = listeners
        self._next = 0
        self._kept: list[asyncio.Future[None]] = []

    def stamp(self, seq: int) -> Stamp:
        """Identity for one more event; a number is never given twice, not even when nothing comes of it."""
        self._next += 1
        return Stamp(o=self._job.owner, k=self._next, seq=seq, at=self._clock.now())

    def step(self, device: str, move: Move) -> None:
        """A device moved: spooled, folded, told, and waiting for the remote."""
        standing = self.progress.devices[device]
        stamp = self.stamp(0)
        event = Stepped(
            at=stamp.at,
            o=stamp.o,
            k=stamp.k,
            d=device,
            a=move.attempt or standing.attempt,
            s=move.step,
            to=TRANSITIONS[standing.state, move.step],
            why=move.why,
            failed=move.failed,
            runs=move.runs,
            text=move.text[:_TEXT],
        )
        self._notebook.write([event])
        self.waiting.append(event)
        self._fold(event)

    def take(self, events: Iterable[Event]) -> None:
        """Events that are on the remote: decisions, people's words. Our own facts were folded when they happened."""
        for event in events:
            if not (isinstance(event, Stepped) and event.o == self._job.owner):
                self._fold(event)

    def written(self, facts: Sequence[Event]) -> None:
        """These facts are on the remote."""
        done = {(event.o, event.k) for event in facts}
        self.waiting = [event for event in self.waiting if (event.o, event.k) not in done]
        self.let_go()

    def let_go(self) -> None:
        """Whoever waits for the remote may go on: it has everything, or it is away and the spool is enough."""
        self.urgent = False
        for waiter in self._kept:
            if not waiter.done():
                waiter.set_result(None)
        self._kept.clear()

    async def keep(self) -> None:
        """Wait until all that is known is on the remote."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kept.append(waiter)
        self.urgent = True
        self.changed.set()
        await waiter

    def _fold(self, event: Event) -> None:
        self.progress = after(self.progress, event)
        self.changed.set()
        for listener in self._listeners:
            listener.hear(event, self.progress)
