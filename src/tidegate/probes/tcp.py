"""Looks by TCP: does anybody take the connection?"""

from __future__ import annotations

import asyncio

from tidegate.clock import Clock
from tidegate.model.project import Device, Probe
from tidegate.probes.base import Ask, Glance
from tidegate.probes.blame import is_ours, words
from tidegate.probes.value import Unfilled, fill

_AT_ONCE = 256


class TcpProber:
    """Connects, and hangs up. Waiting for a free place is not part of `probe.timeout`; time is the event loop's."""

    def __init__(self, *, clock: Clock) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance:
        try:
            where = fill(probe.value, device)
            host, port = _parted(where)
        except ValueError as error:
            return Glance(None, str(error))
        async with self._free:
            try:
                async with asyncio.timeout(probe.timeout):
                    _, writer = await asyncio.open_connection(host, port)
            except TimeoutError:
                return Glance(False, f"{where}: no answer in {probe.timeout} s")
            except OSError as error:
                return Glance(None if is_ours(error) else False, f"{where}: {words(error)}")
            writer.transport.abort()
        return Glance(True, "connected")

    async def close(self) -> None:
        """Nothing stays open."""


def _parted(where: str) -> tuple[str, int]:
    """`host:22` and `[2001:db8::1]:22`. ValueError for anything else."""
    host, colon, port = where.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host == f"[{bare}]"
    if not colon or not bare or (":" in bare) is not bracketed or not (port.isdecimal() and 0 < int(port) < 65536):
        raise Unfilled(f"`{where}` is no host and port: write {{{{ device.host }}}}:22")
    return bare, int(port)
