"""Looks by a command: exit code 0 is healthy."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from tidegate import child
from tidegate.clock import Clock
from tidegate.model.answer import Ended, Failed, Lost, Refused
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Look
from tidegate.probes.base import Ask, Glance

_OUTPUT = 64 * 1024
_LONGEST = 500
_AT_ONCE = 16


class CommandProber:
    """On the device through `ask`, or on the runner as a child that sees PATH, HOME and whom it is to look at.

    Waiting for one of the children that may run at once is not part of `probe.timeout`.
    """

    def __init__(self, *, clock: Clock, environ: Mapping[str, str] | None = None) -> None:
        self._environ = child.allowed(os.environ if environ is None else environ)
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance:
        if probe.where == "device":
            return await _from_device(probe, device, ask)
        async with self._free:
            return await self._from_runner(probe, device)

    async def close(self) -> None:
        """No child outlives its look."""

    async def _from_runner(self, probe: Probe, device: Device) -> Glance:
        about = {"TIDEGATE_DEVICE": device.name, "TIDEGATE_ADDRESS": device.address}
        try:
            ended = await child.run_async(
                ["sh", "-eu", "-c", probe.value],
                timeout=probe.timeout,
                environ={**self._environ, **about},
                limit=_OUTPUT,
            )
        except child.MissingProgram as error:
            return Glance(None, error.message)
        match ended.end:
            case child.End.TIMED_OUT:
                return Glance(False, f"no end after {probe.timeout} s")
            case child.End.TOO_MUCH:
                return Glance(False, f"it said more than {_OUTPUT // 1024} KiB")
            case child.End.ENDED:
                return _judged(ended.code, (ended.stderr or ended.stdout).decode(errors="replace"))


async def _from_device(probe: Probe, device: Device, ask: Ask) -> Glance:
    match await ask(device, Look(probe.value, probe.timeout)):
        case Ended(exit=code, text=text):
            return _judged(code, text)
        case Lost(text=text) | Refused(text=text) | Failed(text=text):
            return Glance(None, text or "no answer")
        case other:
            return Glance(None, f"no answer to a look: {type(other).__name__}")


def _judged(code: int, said: str) -> Glance:
    lines = said.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if code == 0:
        return Glance(True, last[:_LONGEST])
    return Glance(False, f"exit code {code}: {last}"[:_LONGEST] if last else f"exit code {code}")
