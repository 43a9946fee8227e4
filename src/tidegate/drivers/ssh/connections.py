"""Connections to devices: one for each, kept while it is needed; one for each jump host, shared by all behind it."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from hashlib import blake2b

import asyncssh

from tidegate.clock import Clock
from tidegate.drivers.ssh.keyring import Keyring
from tidegate.drivers.ssh.options import Stop, Way
from tidegate.drivers.ssh.trouble import NoWay, is_drop, read_trouble
from tidegate.model.answer import Lost

PATIENCE = 20.0
"""Seconds for one door to open, however often it has to be tried."""
_TRIES = 6
_PAUSE = 0.2
_AT_ONCE = 32
"""Logins under way: each costs processor time on both sides, and an sshd drops those that are too many."""
_KEPT = 256
"""Connections that stay open between two requests: no more than the files a process may have open."""


class Connections:
    """Opens doors. What does not open raises NoWay; cancelled, it lets go of what was half open."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._kept: OrderedDict[str, asyncssh.SSHClientConnection] = OrderedDict()
        self._tunnels: dict[tuple[Stop, ...], asyncio.Task[asyncssh.SSHClientConnection]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def take(self, device: str) -> asyncssh.SSHClientConnection | None:
        """The connection that was kept for a device, if it still stands. It is the caller's now."""
        connection = self._kept.pop(device, None)
        return None if connection is None or connection.is_closed() else connection

    def keep(self, device: str, connection: asyncssh.SSHClientConnection) -> None:
        """For the next request. The one that was idle longest makes room."""
        self._kept[device] = connection
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)[1].close()

    async def open(self, way: Way) -> asyncssh.SSHClientConnection:
        """A new connection to the device."""
        tunnel = await self._tunnel(way.stops[:-1])
        return await self._enter(way.door, tunnel)

    async def close(self) -> None:
        """Let go of all; tunnels last, for others run through them."""
        kept, self._kept = list(self._kept.values()), OrderedDict()
        for connection in kept:
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for connection in kept), return_exceptions=True)
        tunnels, self._tunnels = self._tunnels, {}
        for stops in sorted(tunnels, key=len, reverse=True):
            await _close_tunnel(tunnels[stops])

    async def _tunnel(self, stops: tuple[Stop, ...]) -> asyncssh.SSHClientConnection | None:
        """The connection to the last of these hosts, through those before it: opened by whoever needs it first."""
        if not stops:
            return None
        task = self._tunnels.get(stops)
        if task is None or _is_over(task):
            task = self._tunnels[stops] = asyncio.ensure_future(self._dig(stops))
        return await asyncio.shield(task)  # whoever waits may be cancelled; the others still need it

    async def _dig(self, stops: tuple[Stop, ...]) -> asyncssh.SSHClientConnection:
        return await self._enter(stops[-1], await self._tunnel(stops[:-1]), whose="on the way, ")

    async def _enter(
        self, stop: Stop, tunnel: asyncssh.SSHClientConnection | None, whose: str = ""
    ) -> asyncssh.SSHClientConnection:
        async with self._turns:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._knock(stop, tunnel)
            except TimeoutError:
                raise NoWay(Lost(f"{whose}{stop} takes connections and says nothing: {PATIENCE:.0f} s")) from None
            except (OSError, asyncssh.Error) as error:
                raise NoWay(read_trouble(error, stop, self._keyring, whose)) from error

    async def _knock(self, stop: Stop, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
        """Again, a little later each time, where the other side hangs up before it has heard who we are."""
        options = self._keyring.options(stop.identity)
        tries = 1
        while True:
            try:
                return await asyncssh.connect(stop.host, stop.port, tunnel=tunnel, config=None, options=options)
            except (OSError, asyncssh.ConnectionLost) as error:
                if not is_drop(error) or tries == _TRIES:
                    raise
            await self._clock.sleep(_PAUSE * 2**tries * _jitter(stop, tries))
            tries += 1


def prompt(connection: asyncssh.SSHClientConnection) -> None:
    """Have the kernel acknowledge at once: an sshd holds back its next small packet until then, for up to 40 ms."""
    plug: socket.socket | None = connection.get_extra_info("socket")
    if plug is not None and hasattr(socket, "TCP_QUICKACK"):
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _jitter(stop: Stop, tries: int) -> float:
    """0.5 to 1.5, the same for the same device and try: those that were dropped together come back apart."""
    return 0.5 + blake2b(f"{stop}{tries}".encode(), digest_size=2).digest()[0] / 255


def _is_over(task: asyncio.Task[asyncssh.SSHClientConnection]) -> bool:
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or task.result().is_closed()


async def _close_tunnel(task: asyncio.Task[asyncssh.SSHClientConnection]) -> None:
    if not task.done():
        task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is None:
        task.result().close()
        await task.result().wait_closed()
