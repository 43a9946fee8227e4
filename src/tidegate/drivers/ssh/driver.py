"""Devices behind sshd: the device program comes with each request, over a connection that is kept between them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets as chance
import shlex
from collections.abc import Sequence
from math import ceil
from typing import Self

import asyncssh

from tidegate.drivers.base import Capabilities, Runner
from tidegate.drivers.program import ANSWER_LIMIT, arguments, device_program, payload, read_answers
from tidegate.drivers.ssh.connections import Connections, prompt
from tidegate.drivers.ssh.keyring import Keyring
from tidegate.drivers.ssh.options import Way, way_to
from tidegate.drivers.ssh.talk import Talk, begin
from tidegate.drivers.ssh.trouble import NoWay, read_trouble
from tidegate.model.answer import Answer, Lost
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Login, Verb


class SshDriver:
    """Options of a device: those of `project.shapes_fleet.SshShape`.

    Host keys are those of the revision that is rolled out; there is no way to have none. `Login` comes in by a
    connection of its own. A request that is cut off is left to itself on the device, as the verbs allow.
    """

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot=False)

    def __init__(self, runner: Runner, devices: Sequence[Device], *, program: str | None = None) -> None:
        self._program = device_program() if program is None else program
        self._keyring = Keyring(runner)
        self._connections = Connections(self._keyring, runner.clock)
        for device in devices:
            for stop in way_to(device).stops:
                self._keyring.options(stop.identity)

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        return cls(runner, devices)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        way, nonce = way_to(device), chance.token_hex(8)
        alone = [verb.timeout for verb in verbs if isinstance(verb, Login)]
        seconds = min([deadline, *alone])
        said = arguments(
            self._program,
            verbs,
            nonce=nonce,
            root=way.root,
            device=device.name,
            address=address,
            limit=max(1, ceil(seconds)),
        )
        request = Request(command(way, said), payload(verbs, fill), nonce)
        try:
            async with asyncio.timeout(seconds):
                await self._carry(None if alone else device.name, way, request)
        except TimeoutError:
            request.late = True
        except NoWay as no:
            return (no.answer,)
        return request.answers(verbs)

    async def close(self) -> None:
        await self._connections.close()

    async def _carry(self, name: str | None, way: Way, request: Request) -> None:
        """Take a request to a device and listen. A connection on which something failed is not used again."""
        connection = await self._begin(name, way, request)
        try:
            await request.listen()
        except BaseException:
            connection.abort()
            raise
        if name is None:
            connection.close()
        elif not connection.is_closed():
            self._connections.keep(name, connection)

    async def _begin(self, name: str | None, way: Way, request: Request) -> asyncssh.SSHClientConnection:
        """By the connection that was kept, else by a new one. On one that broke while it was idle nothing was said."""
        kept = None if name is None else self._connections.take(name)
        if kept is not None:
            with contextlib.suppress(OSError, asyncssh.Error):
                await _start(kept, request)
                return kept
        connection = await self._connections.open(way)
        try:
            await _start(connection, request)
        except (OSError, asyncssh.Error) as error:
            raise NoWay(read_trouble(error, way.door, self._keyring)) from error
        return connection


class Request:
    """What is asked in one go, and what came back. `late`: its time was over before it was answered."""

    def __init__(self, command: str, text: bytes, nonce: str) -> None:
        self.late = False
        self._command, self._text, self._nonce = command, text, nonce
        self._talk: Talk | None = None

    async def begin(self, connection: asyncssh.SSHClientConnection) -> None:
        mark = f"TG1 {self._nonce} end ".encode()
        self._talk = await begin(connection, self._command, self._text, mark=mark, limit=ANSWER_LIMIT)

    async def listen(self) -> None:
        """Until it has said all, or hung up."""
        if self._talk is not None:
            await self._talk.over
            self._talk.hang_up()

    def answers(self, verbs: Sequence[Verb]) -> Sequence[Answer]:
        if self._talk is None:
            return (Lost("no answer in time"),)
        heard = read_answers(bytes(self._talk.said), self._nonce, verbs)
        if not isinstance(heard[-1], Lost):
            return heard
        if self.late:
            return (*heard[:-1], Lost("no answer in time"))
        return (*heard[:-1], Lost(self._why() or heard[-1].text))

    def _why(self) -> str:
        """What the device complained of; words of its own, so never more than a text."""
        said = self._talk.complaint() if self._talk is not None else ""
        if said.startswith("sudo:"):
            return f"sudo does not let us in without a password ({said}); allow it: USER ALL=(root) NOPASSWD: /bin/sh"
        return said and f"the device said: {said}"


async def _start(connection: asyncssh.SSHClientConnection, request: Request) -> None:
    prompt(connection)
    try:
        await request.begin(connection)
    except BaseException:
        connection.abort()
        raise
    prompt(connection)


def command(way: Way, arguments: Sequence[str]) -> str:
    """The line for the account's shell. Nothing in it is secret."""
    become = "sudo -n -- " if way.sudo else ""
    line = f"exec {become}{shlex.join(['/bin/sh', *arguments])}"
    if not way.root:
        return line
    root = shlex.quote(way.root)
    return f"[ -d {root} ] || {{ echo there is no folder {root} >&2; exit 1; }}; {line}"
