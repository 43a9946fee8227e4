"""Looks by TCP: does anybody take the connection?"""

from __future__ import annotations

import asyncio

from tidegate.clock import Clock
from tidegate.model.project import Device, Probe
from tidegate.probes.base import Ask, Glance
from tidegate.probes.blame import is_ours, words
from tidegate.project.probe_address import Unfilled, host_and_port
from tidegate.project.probe_value import fill
from tidegate.project.work import as_templates_see

_AT_ONCE = 256


class TcpProber:
    """Connects, and hangs up. Waiting for a free place is not part of `probe.timeout`; time is the event loop's."""

    def __init__(self, *, clock: Clock) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance:
        try:
            where = fill(probe.value, as_templates_see(device))
            host, port = host_and_port(where)
        except Unfilled as error:
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
