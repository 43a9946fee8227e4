"""The rollout's state in this process: events in, progress out, everybody told, nothing acted on before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import reduce

from tidegate.clock import Clock
from tidegate.engine.job import Job, Listener, Notebook
from tidegate.model.event import FACTS, Event, LostReports, Stepped
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.rollout.decide import Stamp
from tidegate.rollout.facts import Move
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.progress import Progress, after

_TEXT = 500


class Book:
    """Folds events into progress. Facts are in the spool before anything follows from them.

    `unasked` are confirmed devices that a take-over has to ask, `unseen` those of the open wave whose probes have to
    be looked at again; both get fewer as devices are heard.
    """

    def __init__(
        self, job: Job, record: Record, clock: Clock, notebook: Notebook, listeners: Sequence[Listener]
    ) -> None:
        self.progress = Progress.of(job.plan, record.events)
        self.waiting: list[Event] = []
        self.changed = asyncio.Event()
        self.unasked = {name for name in self.progress.asked_anew if self._is_confirmed(name)}
        self.unseen = {name for name in _watched(self.progress) if self._is_confirmed(name)}
        self._job = job
        self._clock = clock
        self._notebook = notebook
        self._listeners = list(listeners)
        self._next = 0
        self._kept: list[tuple[int, asyncio.Future[None]]] = []
        self._known = len(record.segments)
        self._taken: set[tuple[str, int]] = set()

    def _is_confirmed(self, name: str) -> bool:
        return self.progress.devices[name].state is State.CONFIRMED

    @property
    def urgent(self) -> bool:
        """Somebody waits until what is known is on the remote."""
        return bool(self._kept)

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
        self._write(event)
        self._fold(event)

    def heard(self, device: str) -> None:
        """A confirmed device was understood, or is confirmed no more: nobody waits for it."""
        self.answered(device)
        self.looked_at(device)

    def answered(self, device: str) -> None:
        self.unasked.discard(device)
        self.changed.set()

    def looked_at(self, device: str) -> None:
        if device in self.unseen:
            self.unseen.discard(device)
            self.changed.set()

    # What is on the remote, and what is not yet.

    def take(self, events: Iterable[Event]) -> None:
        """Events that are on the remote: decisions, people's words. Our own facts were folded when they happened."""
        for event in events:
            if not (isinstance(event, FACTS) and event.o == self._job.owner):
                self._taken.add((event.o, event.k))
                self._fold(event)

    def on(self, record: Record) -> Progress:
        """Where it stands with what others have written there, as far as it is not folded yet."""
        events = (event for segment in record.segments[self._known :] for event in segment.events)
        owner = self._job.owner
        return reduce(after, (e for e in events if e.o != owner and (e.o, e.k) not in self._taken), self.progress)

    def written(self, facts: Sequence[Event]) -> None:
        """These facts are on the remote."""
        done = {(event.o, event.k) for event in facts}
        self.waiting = [event for event in self.waiting if (event.o, event.k) not in done]
        self._let_go(min((event.k for event in self.waiting), default=self._next + 1))

    def away(self) -> None:
        """The remote does not answer: whoever waits for it goes on, for what they wait for is in the spool."""
        self._let_go(self._next + 1)

    async def keep(self) -> None:
        """Wait until all that is known now is on the remote, or the remote is found to be away."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kept.append((self._next, waiter))
        self.changed.set()
        await waiter

    def _let_go(self, before: int) -> None:
        """Whoever waits for events up to a number below this one goes on."""
        for number, waiter in self._kept:
            if number < before and not waiter.done():
                waiter.set_result(None)
        self._kept = [(number, waiter) for number, waiter in self._kept if not waiter.done()]

    def _write(self, fact: Event) -> None:
        self._notebook.write([fact])
        self.waiting.append(fact)

    def _fold(self, event: Event) -> None:
        self.progress = after(self.progress, event)
        self.changed.set()
        for listener in list(self._listeners):
            self._tell(listener, event)

    def _tell(self, listener: Listener, event: Event) -> None:
        """What goes wrong with a report is no reason to leave devices half-way: it is written down."""
        try:
            listener.hear(event, self.progress)
        except Exception as error:  # noqa: BLE001 - reports never decide anything; that one is lost is recorded
            self._listeners.remove(listener)
            stamp, why = self.stamp(0), f"{type(listener).__name__}: {type(error).__name__}: {error}"
            self._write(LostReports(at=stamp.at, o=stamp.o, k=stamp.k, count=1, why=why[:_TEXT]))


def _watched(progress: Progress) -> Sequence[str]:
    """Members of the open wave that something looks at, as long as it is not judged."""
    if progress.wave < 0 or progress.passed:
        return ()
    plan = progress.plan
    return [name for name in plan.waves[progress.wave].members if plan.health_of(name)]
