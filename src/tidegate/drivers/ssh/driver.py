"""Devices behind sshd: a session of the device program for each, over a connection of its own."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from typing import Self

import asyncssh

from tidegate.drivers.base import Capabilities, Runner
from tidegate.drivers.examination import LIMIT, Examination
from tidegate.drivers.program import device_program, session_words
from tidegate.drivers.session import Line, Sessions
from tidegate.drivers.ssh.connections import Connections
from tidegate.drivers.ssh.keyring import Keyring
from tidegate.drivers.ssh.line import SshLine
from tidegate.drivers.ssh.options import Way, way_to
from tidegate.drivers.ssh.trouble import NoWay, read_trouble
from tidegate.model.answer import Answer, Lost, Refused
from tidegate.model.examined import Examined
from tidegate.model.host_key import HostKey
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Verb

_IDLE = 256
"""Connections that stay open between two requests: no more than the files a process may have open."""


class SshDriver:
    """Options of a device: those of `project.shapes_fleet.SshShape`.

    Host keys are those of the revision that is rolled out; there is no way to have none. What a request has begun
    goes on when its connection breaks.
    """

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot="with systemd")

    def __init__(self, runner: Runner, devices: Sequence[Device], *, program: str | None = None) -> None:
        self._program = device_program() if program is None else program
        self._keyring = Keyring(runner)
        self._connections = Connections(self._keyring, runner.clock)
        self._sessions = Sessions(self._open, program=self._program, idle=_IDLE)
        for device in devices:
            for stop in way_to(device).stops:
                self._keyring.check(stop.identity)

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        return cls(runner, devices)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        return await self._sessions.ask(device, address, verbs, fill=fill, deadline=deadline)

    async def examine(self, device: Device, *, deadline: float) -> Examined | Lost | Refused:
        way = way_to(device)
        asked = Examination(way.root)
        said = bytearray()
        try:
            async with asyncio.timeout(deadline):
                line = await self._start(way, asked.words)
                if not isinstance(line, SshLine):
                    return line
                try:
                    while len(said) < LIMIT and (chunk := await line.read()):
                        said += chunk
                finally:
                    await line.close()
        except TimeoutError:
            return Lost(f"no answer in {deadline:.0f} s")
        return Lost(line.why()) if not said and line.why() else asked.read(bytes(said))

    async def host_keys(self, devices: Sequence[Device]) -> Mapping[str, HostKey | Lost | Refused]:
        """What every door on the way to these devices shows, by the name that known_hosts files have for it."""
        ways = {stops: None for device in devices for stops in way_to(device).begun()}
        shown = await asyncio.gather(*(self._connections.show(stops) for stops in ways))
        return {stops[-1].known_as: key for stops, key in zip(ways, shown, strict=True)}

    async def close(self) -> None:
        await self._sessions.close()
        await self._connections.close()
        await self._keyring.close()

    async def _open(self, device: Device) -> Line | Lost | Refused:
        way = way_to(device)
        return await self._start(way, session_words(self._program, root=way.root, device=device.name))

    async def _start(self, way: Way, words: Sequence[str]) -> SshLine | Lost | Refused:
        """A shell with these words, behind a connection of its own."""
        try:
            connection = await self._connections.open(way)
        except NoWay as no:
            return no.answer
        try:
            return await SshLine.open(connection, command_line(way, words))
        except (OSError, asyncssh.Error) as error:
            connection.abort()
            return read_trouble(error, way.door, self._keyring)
        except BaseException:
            connection.abort()
            raise


def command_line(way: Way, words: Sequence[str]) -> str:
    """What the account's shell is told, whichever it is, csh and fish too. Nothing in it is secret."""
    become = "sudo -n -- " if way.sudo else ""
    line = f"exec {become}env -i {shlex.join(['/bin/sh', *words])}"
    if not way.root:
        return line
    missing = shlex.join(["/bin/sh", "-c", 'echo "there is no folder $1" >&2; exit 1', "sh", way.root])
    return f"test -d {shlex.quote(way.root)} || exec {missing}; {line}"
