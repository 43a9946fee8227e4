"""A session: one shell on a device that answers one request after another; and the cache that keeps them."""

from __future__ import annotations

import asyncio
import secrets as chance
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from math import ceil
from typing import Protocol, TypeAlias

from tidegate.drivers.answers import ANSWER_LIMIT, is_whole, read_answers
from tidegate.drivers.program import session_text
from tidegate.drivers.request import request
from tidegate.model.answer import Answer, Lost, Refused
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Login, Verb, comes_anew


class Line(Protocol):
    """A shell that was started on a device with `session_words`: its stdin and its stdout.

    `write` returns once the bytes are handed over, `read` gives some bytes, or none at the end. Both raise OSError
    (ConnectionError, BrokenPipeError) where the line is gone, and nothing else. `why` says, in words for a person, why
    a shell that answered nothing came to nothing; it may be empty. `close` lets go of the shell at once, whatever it
    does, and does not raise: what it has begun goes on.
    """

    async def write(self, said: bytes) -> None: ...

    async def read(self) -> bytes: ...

    def why(self) -> str: ...

    async def close(self) -> None: ...


Opener: TypeAlias = Callable[[Device], Awaitable[Line | Lost | Refused]]
"""Starts a shell on a device, or says why it could not."""


class Sessions:
    """Asks devices, each over a session that is kept for the next request: at most `idle` of them, the last used.

    A session is only a cache. One that is lost, late, or says what nobody understands is let go of, and the next
    request opens another; verbs are keyed by their transaction. Two requests to a device at once have a session each.
    One with a `Login` has a new session, and has no more time than that.
    """

    def __init__(self, opener: Opener, *, program: str, idle: int) -> None:
        self._open = opener
        self._first = session_text(program)
        self._most = idle
        self._idle: OrderedDict[str, Line] = OrderedDict()

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        """As `Driver.ask`: one answer for each verb that was carried out. What the device or its line does is none."""
        nonce = chance.token_hex(8)
        logins = [verb.timeout for verb in verbs if isinstance(verb, Login)]
        seconds = min([deadline, *logins])
        asked = request(verbs, nonce=nonce, address=address, limit=max(1, ceil(seconds)), fill=fill)
        talk = _Talk(asked, nonce)
        try:
            async with asyncio.timeout(seconds):
                if comes_anew(verbs):
                    await self.let_go(device)
                no_line = await self._ask(device, talk)
        except TimeoutError:
            answers = talk.answers(verbs)
            late = Lost("no answer in time", unsent=not talk.sent)
            return (*answers[:-1], late) if isinstance(answers[-1], Lost) else answers
        if isinstance(no_line, Lost):
            return (replace(no_line, unsent=not talk.sent),)
        return talk.answers(verbs) if no_line is None else (no_line,)

    async def _ask(self, device: Device, talk: _Talk) -> Lost | Refused | None:
        line = self._idle.pop(device.name, None)
        if line is not None:
            await self._talk(device, line, talk)
            if talk.said:
                return None
        # Nothing came: most likely it was gone before it was asked. If not, it is asked for the same once more.
        opened = await self._open(device)
        if isinstance(opened, Lost | Refused):
            return opened
        await self._talk(device, opened, talk, self._first)
        return Lost(why) if not talk.said and (why := opened.why()) else None

    async def _talk(self, device: Device, line: Line, talk: _Talk, first: bytes = b"") -> None:
        whole = False
        try:
            whole = await talk.over(line, first)
        finally:
            if whole:
                await self._keep(device.name, line)
            else:
                await line.close()

    async def _keep(self, name: str, line: Line) -> None:
        spare = self._idle.pop(name, None)
        self._idle[name] = line
        if spare is None and len(self._idle) > self._most:
            _, spare = self._idle.popitem(last=False)
        if spare is not None:
            await spare.close()

    async def let_go(self, device: Device) -> None:
        """The next request opens a new session: for what must be seen over a new connection."""
        line = self._idle.pop(device.name, None)
        if line is not None:
            await line.close()

    async def close(self) -> None:
        """Lets go of all of them. Devices are left as they are."""
        while self._idle:
            _, line = self._idle.popitem()
            await line.close()


class _Talk:
    """One request and what was said to it so far. `sent`: some of it may have reached the device."""

    def __init__(self, asked: bytes, nonce: str) -> None:
        self.said = bytearray()
        self.sent = False
        self._asked = asked
        self._nonce = nonce

    def answers(self, verbs: Sequence[Verb]) -> Sequence[Answer]:
        return read_answers(bytes(self.said), self._nonce, verbs)

    async def over(self, line: Line, first: bytes) -> bool:
        """Writes what comes first on that line, then all; reads to the end of the answer.

        False where the line is of no use any more.
        """
        self.sent = True
        writing = asyncio.ensure_future(line.write(first + self._asked))
        try:
            while not is_whole(self.said, self._nonce):
                chunk = await line.read()
                self.said += chunk
                if not chunk or len(self.said) > ANSWER_LIMIT:
                    return False
            # Who answers before it has read everything has refused, and will not read on.
            return writing.done() and writing.exception() is None
        except OSError:
            return False
        finally:
            writing.cancel()
            await asyncio.wait([writing])
