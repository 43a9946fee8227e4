"""The way to a device: its door tried until it opens; one connection to each jump host, shared by all behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import TypeAlias, TypeVar

import asyncssh

from tidegate.clock import Clock
from tidegate.drivers.ssh.keyring import BARE, KINDS, Keyring
from tidegate.drivers.ssh.options import Stop, Way
from tidegate.drivers.ssh.trouble import NoWay, is_drop, read_trouble
from tidegate.model.answer import Lost, Refused
from tidegate.model.host_key import HostKey

T = TypeVar("T")
Knock: TypeAlias = Callable[[Stop, asyncssh.SSHClientConnection | None], Awaitable[T]]
PATIENCE = 20.0
"""Seconds for one door to open, however often it has to be tried."""
_TRIES = 6
_PAUSE = 0.2
_AT_ONCE = 32
"""Logins under way: each costs processor time on both sides, and an sshd drops those that are too many."""


class Connections:
    """Opens doors. What does not open raises NoWay; cancelled, it lets go of what was half open."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._tunnels: dict[tuple[Stop, ...], asyncio.Task[asyncssh.SSHClientConnection]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def open(self, way: Way) -> asyncssh.SSHClientConnection:
        """A new connection to the device."""
        tunnel = await self._tunnel(way.stops[:-1])
        return await self._enter(way.door, tunnel)

    async def close(self) -> None:
        """Let go of the tunnels; whoever ran through them has let go before."""
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
        return await self._enter(stops[-1], await self._tunnel(stops[:-1]), whose=f"on the way, {stops[-1]}: ")

    async def show(self, stops: tuple[Stop, ...]) -> HostKey | Lost | Refused:
        """The host key of the last of these doors, for a person to judge: nobody logs in there."""

        async def knock(stop: Stop, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHKey | None:
            return await asyncssh.get_server_host_key(
                stop.host, stop.port, tunnel=tunnel, config=None, options=BARE, server_host_key_algs=KINDS
            )

        try:
            key = await self._patiently(knock, stops[-1], await self._tunnel(stops[:-1]))
        except NoWay as no:
            return no.answer
        if key is None:
            return Lost("it shows no host key")
        kind, blob = key.export_public_key().decode().split()[:2]
        return HostKey(stops[-1].known_as, f"{kind} {blob}")

    async def _enter(
        self, stop: Stop, tunnel: asyncssh.SSHClientConnection | None, whose: str = ""
    ) -> asyncssh.SSHClientConnection:
        options, more = self._keyring.options(stop.identity), await self._keyring.more(stop)

        async def knock(stop: Stop, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
            return await asyncssh.connect(stop.host, stop.port, tunnel=tunnel, config=None, options=options, **more)

        return await self._patiently(knock, stop, tunnel, whose)

    async def _patiently(
        self, knock: Knock[T], stop: Stop, tunnel: asyncssh.SSHClientConnection | None, whose: str = ""
    ) -> T:
        """Again, a little later each time, where the other side hangs up before it has heard who we are."""
        async with self._turns:
            try:
                async with asyncio.timeout(PATIENCE):
                    for tries in range(1, _TRIES):
                        try:
                            return await knock(stop, tunnel)
                        except (OSError, asyncssh.ConnectionLost) as error:
                            if not is_drop(error):
                                raise
                        await self._clock.sleep(_PAUSE * 2**tries * _jitter(stop, tries))
                    return await knock(stop, tunnel)
            except TimeoutError:
                raise NoWay(Lost(f"{whose}it takes connections and says nothing for {PATIENCE:.0f} s")) from None
            except (OSError, asyncssh.Error) as error:
                raise NoWay(read_trouble(error, stop, self._keyring, whose)) from error


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
