"""All devices at work, a task for each; no barrier between them inside a wave."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial

from tidegate.clock import Clock
from tidegate.engine.book import Book
from tidegate.engine.contact import stay_awake
from tidegate.engine.job import Job
from tidegate.engine.journey import Journey
from tidegate.engine.lines import Lines
from tidegate.model.state import State
from tidegate.rollout.facts import Facts
from tidegate.rollout.orders import may_confirm, may_start
from tidegate.rollout.reading import reading


class Crew:
    """Starts devices as slots come free, and takes up those that must move."""

    def __init__(self, job: Job, book: Book, token: int, clock: Clock) -> None:
        self._job = job
        self._book = book
        self._token = token
        self._clock = clock
        self._lines = Lines(job.at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._journeys: dict[str, Journey] = {}
        self._paused: dict[str, asyncio.Future[bool]] = {}
        self._pending: deque[str] = deque()
        self._wave = -1
        self.error: BaseException | None = None

    def tend(self) -> None:
        """Start what may start. O(1) where nothing may."""
        progress = self._book.progress
        if progress.wave != self._wave:
            self._wave = progress.wave
            self._pending = deque(
                name
                for name in self._job.plan.waves[self._wave].members
                if progress.devices[name].state is State.PENDING
            )
        while self._pending and may_start(self._book.progress):
            self._start(self._pending.popleft())

    def rouse(self) -> None:
        """Orders changed: everybody looks again, and who rested and must move, moves."""
        for waiter in list(self._paused.values()):
            if not waiter.done():
                waiter.set_result(True)
        for name, standing in self._book.progress.devices.items():
            if standing.state is not State.PENDING and not standing.ended and name not in self._tasks:
                self._send_off(name)
        self.tend()

    async def stop(self) -> None:
        """No more verbs. Devices are left as they are; what is armed reverts by itself."""
        tasks = list(self._tasks.values())
        _cancel(tasks)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def let_go(self) -> None:
        """No more verbs but the confirms that the gate allows already, and those for a few seconds only."""
        await self.stop()
        progress, loop = self._book.progress, asyncio.get_running_loop()
        going = [
            loop.create_task(journey.let_go())
            for name, journey in self._journeys.items()
            if progress.devices[name].state in (State.SOAKING, State.CONFIRMING) and may_confirm(progress, name)
        ]
        alarm = self._clock.later(self._job.ages.farewell, partial(_cancel, going))
        try:
            ends = await asyncio.gather(*going, return_exceptions=True)
        finally:
            alarm.cancel()
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _start(self, name: str) -> None:
        facts = Facts(
            family=self._job.family,
            target=self._job.plan.devices[name].to,
            former=self._job.plan.before.get(name, {}),
            start=True,
            skip=self._job.skip.get(name, ""),
        )
        move = reading(self._book.progress.devices[name], facts, None)
        if move is not None:
            self._book.step(name, move)
        if not self._book.progress.devices[name].ended:
            self._send_off(name)

    def _send_off(self, name: str) -> None:
        if name not in self._journeys:
            self._journeys[name] = Journey(
                name, self._job, self._book, self._token, self._clock, self._lines, self._pause
            )
        task = asyncio.get_running_loop().create_task(self._journeys[name].travel())
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._back_from(name, done))

    def _back_from(self, name: str, task: asyncio.Task[None]) -> None:
        del self._tasks[name]
        if not task.cancelled() and task.exception() is not None:
            self.error = self.error or task.exception()
        elif self._book.progress.devices[name].state is State.PENDING:
            self._pending.append(name)
        elif not task.cancelled() and not self._journeys[name].at_rest:  # orders changed between its end and ours
            self._send_off(name)
        self._book.changed.set()

    async def _pause(self, device: str, until: float) -> bool:
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._paused[device] = waiter
        alarm = self._clock.later(
            until - self._clock.monotonic(), lambda: None if waiter.done() else waiter.set_result(False)
        )
        try:
            roused = await waiter
        finally:
            alarm.cancel()
            del self._paused[device]
        stay_awake(f"{device} was waited for", until, self._clock.monotonic(), self._job.ages)
        return roused


def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
