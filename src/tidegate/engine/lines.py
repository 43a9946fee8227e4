"""How many requests are on their way to devices at once: no more than one runner can carry."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AbstractAsyncContextManager, nullcontext

from tidegate.model.state import State

_BY_WAVE = frozenset({State.PREFLIGHT, State.APPLYING})
_TROUBLED = frozenset({State.UNKNOWN, State.REVERTING})


class Lines:
    """A way for the healthy, and one for those in trouble: who does not answer keeps nobody's heartbeat waiting.

    Devices that are staged or switched take their time, and are bounded by their wave's `parallel` already.
    """

    def __init__(self, at_once: int) -> None:
        self._calm = _Places(at_once)
        self._troubled = _Places(at_once)

    def of(self, state: State) -> AbstractAsyncContextManager[None]:
        """A place for one request to a device in that state; waits until one is free."""
        if state in _BY_WAVE:
            return nullcontext()
        return self._troubled if state in _TROUBLED else self._calm


class _Places:
    """A semaphore whose cost does not grow with how many wait: asyncio's own looks through all of them each time."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._give()

    def _give(self) -> None:
        """The place goes to who has waited longest; those who gave up are passed over."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
