"""One command on a device over an open connection: what is said to it, and what it says, never more than we would read."""

from __future__ import annotations

import asyncio

import asyncssh

_COMPLAINTS = 2 * 1024
"""Bytes kept of stderr: the last ones. They are words for a person, never an answer."""


class Talk(asyncssh.SSHClientSession[bytes]):
    """Listens until the command has ended, `mark` was heard in full lines, or more than `limit` bytes were said."""

    def __init__(self, mark: bytes, limit: int) -> None:
        self.said = bytearray()
        self.complained = bytearray()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._mark, self._limit = mark, limit
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if datatype is not None:
            self.complained += data
            del self.complained[:-_COMPLAINTS]
            return
        fresh = max(0, len(self.said) - len(self._mark))
        self.said += data
        at = self.said.find(self._mark, fresh)
        if (at >= 0 and b"\n" in self.said[at:]) or len(self.said) > self._limit:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def hang_up(self) -> None:
        """Whatever still runs there is left to itself."""
        if self._channel is not None:
            self._channel.close()

    def complaint(self) -> str:
        """The last line on stderr, for a person; empty where there is none."""
        lines = self.complained.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def begin(
    connection: asyncssh.SSHClientConnection, command: str, text: bytes, *, mark: bytes, limit: int
) -> Talk:
    """Start a command and give it `text` as its stdin. Raises what asyncssh raises where no channel opens."""
    channel, talk = await connection.create_session(lambda: Talk(mark, limit), command, encoding=None)
    if text:
        channel.write(text)
    channel.write_eof()
    return talk
