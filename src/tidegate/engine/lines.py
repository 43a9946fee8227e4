"""How many requests are on their way to devices at once: no more than one runner can carry."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from tidegate.model.state import State

_BY_WAVE = frozenset({State.PREFLIGHT, State.APPLYING})
_TROUBLED = frozenset({State.UNKNOWN, State.REVERTING})


class Lines:
    """A way for the healthy, and one for those in trouble: who does not answer keeps nobody's heartbeat waiting.

    Devices that are staged or switched take their time, and are bounded by their wave's `parallel` already.
    """

    def __init__(self, at_once: int) -> None:
        self._calm = asyncio.Semaphore(at_once)
        self._troubled = asyncio.Semaphore(at_once)

    def of(self, state: State) -> AbstractAsyncContextManager[None]:
        """A place for one request to a device in that state; waits until one is free."""
        if state in _BY_WAVE:
            return nullcontext()
        return self._troubled if state in _TROUBLED else self._calm
