"""Devices that are folders of this machine: the device program runs here, with real processes and real files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tidegate.child import MissingProgram, run_async
from tidegate.clock import Clock
from tidegate.dialogue import Dialogue
from tidegate.drivers.base import Capabilities, Runner
from tidegate.drivers.examination import LIMIT, Examination
from tidegate.drivers.program import device_program, session_words
from tidegate.drivers.session import Line, Sessions
from tidegate.errors import DriverError
from tidegate.model.answer import Answer, Lost, Refused
from tidegate.model.examined import Examined
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Verb

_AT_ONCE = 32
"""Requests that run at the same time, each a process or more."""
_IDLE = 32
"""Shells that are kept for the next request."""


class LocalDriver:
    """Runs a shell for each device that is at work. Options of a device: `root`, the folder that stands for it.

    What has begun goes on when its shell is let go of, as it does behind a connection that breaks.
    """

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot="no")

    def __init__(
        self, *, base: Path, clock: Clock, shell: Sequence[str] = ("/bin/sh",), program: str | None = None
    ) -> None:
        self._base = base
        self._shell = tuple(shell)
        self._program = device_program() if program is None else program
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._sessions = Sessions(self._open, program=self._program, idle=_IDLE)

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        return cls(base=runner.base, clock=runner.clock)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        async with self._turns:
            return await self._sessions.ask(device, address, verbs, fill=fill, deadline=deadline)

    async def examine(self, device: Device, *, deadline: float) -> Examined | Lost | Refused:
        root = self._root(device)
        if not root.is_dir():
            return Lost(f"there is no folder {root}")
        asked = Examination(str(root))
        async with self._turns:
            ended = await run_async([*self._shell, *asked.words], timeout=deadline, environ={}, limit=LIMIT)
        return asked.read(ended.stdout)

    async def close(self) -> None:
        await self._sessions.close()

    async def _open(self, device: Device) -> Line | Lost | Refused:
        root = self._root(device)
        if not root.is_dir():
            return Lost(f"there is no folder {root}")
        words = session_words(self._program, root=str(root), device=device.name)
        try:
            return await Dialogue.start([*self._shell, *words], environ={})
        except MissingProgram as error:
            raise DriverError(error.message, hint=error.hint) from error

    def _root(self, device: Device) -> Path:
        said = device.options.get("root")
        if not isinstance(said, str) or not said:
            raise DriverError(
                f"{device.name} has no `root`, the folder that stands for it",
                hint='Write local: {root: "../devices/{{ device.name }}"}',
            )
        return (self._base / said).resolve()
