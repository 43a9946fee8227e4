"""The machine's clock, run faster: for what waits on real sockets, where a clock that jumps would jump too far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tidegate.clock import Alarm, SystemClock

_START = datetime(2026, 11, 25, 12, tzinfo=UTC)


class FastClock(SystemClock):
    """A second takes a hundredth of one."""

    def __init__(self, times: float = 100.0) -> None:
        self._times = times
        self._zero = SystemClock().monotonic()

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (super().monotonic() - self._zero) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._times)

    def later(self, seconds: float, call: Callable[[], None]) -> Alarm:
        return super().later(seconds / self._times, call)
