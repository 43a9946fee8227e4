"""Devices that are folders of this machine: the device program runs here, with real processes and real files."""

from __future__ import annotations

import asyncio
import secrets as chance
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Self

from tidegate.child import End, MissingProgram, run_async
from tidegate.clock import Clock
from tidegate.drivers.base import Capabilities, Runner
from tidegate.drivers.program import ANSWER_LIMIT, arguments, device_program, payload, read_answers
from tidegate.errors import DriverError
from tidegate.model.answer import Answer, Lost
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Verb

_AT_ONCE = 32
"""Requests that run at the same time, each a process or more."""


class LocalDriver:
    """Runs one shell per request. Options of a device: `root`, the folder that stands for it.

    Whatever outlives a request (the apply, a way back, a timer) has a session of its own: when the request's time is
    over, its processes are killed and those go on.
    """

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot=False)

    def __init__(
        self, *, base: Path, clock: Clock, shell: Sequence[str] = ("/bin/sh",), program: str | None = None
    ) -> None:
        self._base = base
        self._shell = tuple(shell)
        self._program = device_program() if program is None else program
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        return cls(base=runner.base, clock=runner.clock)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        root = self._root(device)
        if not root.is_dir():
            return (Lost(f"there is no folder {root}"),)
        nonce = chance.token_hex(8)
        said = arguments(
            self._program,
            verbs,
            nonce=nonce,
            root=str(root),
            device=device.name,
            address=address,
            limit=max(1, ceil(deadline)),
        )
        upload = payload(verbs, fill)
        async with self._turns:
            try:
                ended = await run_async(
                    [*self._shell, *said],
                    timeout=deadline,
                    environ={},
                    input=upload,
                    limit=ANSWER_LIMIT + 1,
                )
            except MissingProgram as error:
                raise DriverError(error.message, hint=error.hint) from error
        if ended.end is End.TIMED_OUT:
            return _until_then(read_answers(ended.stdout, nonce, verbs))
        return read_answers(ended.stdout, nonce, verbs)

    async def close(self) -> None:
        """Nothing to let go of: every request has its own process."""

    def _root(self, device: Device) -> Path:
        said = device.options.get("root")
        if not isinstance(said, str) or not said:
            raise DriverError(
                f"{device.name} has no `root`, the folder that stands for it",
                hint='Write local: {root: "../devices/{{ device.name }}"}',
            )
        return (self._base / said).resolve()


def _until_then(answers: Sequence[Answer]) -> Sequence[Answer]:
    """What had been answered when the time was over."""
    return (*answers[:-1], Lost("no answer in time")) if isinstance(answers[-1], Lost) else answers
