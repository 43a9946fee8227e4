"""The only source of time: the real clock, and a virtual one that jumps to the next thing that is due."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Alarm(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time as Tidegate sees it. `now` is UTC; everything else is in seconds."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def later(self, seconds: float, call: Callable[[], None]) -> Alarm:
        """Call once, that many seconds from now, from the running event loop."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    def later(self, seconds: float, call: Callable[[], None]) -> Alarm:
        return asyncio.get_running_loop().call_later(max(0.0, seconds), call)


class _Due:
    """An entry of the virtual clock's queue."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class VirtualClock:
    """Time that stands still while anything runs and jumps when everybody sleeps.

    Used by the simulated fleet: a soak of an hour costs nothing. Whoever waits must wait on this clock. The jump
    happens once the event loop has nothing ready, so all that follows from one instant happens at that instant.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._queue: list[tuple[float, int, _Due]] = []
        self._jumping: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self.later(seconds, lambda: None if wake.done() else wake.set_result(None))
        try:
            await wake
        finally:
            alarm.cancel()

    def later(self, seconds: float, call: Callable[[], None]) -> Alarm:
        due = _Due(call)
        heapq.heappush(self._queue, (self._elapsed + max(0.0, seconds), next(self._order), due))
        self._plan_jump(asyncio.get_running_loop())
        return due

    def _plan_jump(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._jumping is not loop and self._queue:
            self._jumping = loop
            loop.call_soon(self._jump_when_idle, loop)

    def _jump_when_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        # Private, and the only way to ask an event loop whether anything is ready; a test holds it on each Python.
        if loop._ready:  # type: ignore[attr-defined]
            loop.call_soon(self._jump_when_idle, loop)
            return
        self._jumping = None
        while self._queue and self._queue[0][2].call is None:
            heapq.heappop(self._queue)
        if self._queue:
            self._elapsed = max(self._elapsed, self._queue[0][0])
            self._ring()
            self._plan_jump(loop)

    def _ring(self) -> None:
        while self._queue and self._queue[0][0] <= self._elapsed:
            call = heapq.heappop(self._queue)[2].call
            if call is not None:
                call()
