"""A shell on a device, behind a connection of its own: what is written to it, and what it says."""

from __future__ import annotations

import asyncio
import socket

import asyncssh

_COMPLAINTS = 2 * 1024
"""Bytes kept of stderr, the last ones: words for a person, never an answer."""
_UNREAD = 256 * 1024
"""Bytes that may wait to be read; then the device has to."""


class SshLine(asyncssh.SSHClientSession[bytes]):
    """A `session.Line`. Closing it closes the connection: what runs on the device is left to itself."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._heard = bytearray()
        self._complained = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._gone = False

    @classmethod
    async def open(cls, connection: asyncssh.SSHClientConnection, command: str) -> SshLine:
        """Starts the command. Raises what asyncssh raises where no channel opens; the connection is the caller's."""
        _acknowledge(connection)
        line = cls(connection)
        await connection.create_session(lambda: line, command, encoding=None)
        _acknowledge(connection)
        return line

    # For asyncssh.

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if datatype is not None:
            self._complained += data
            del self._complained[:-_COMPLAINTS]
            return
        self._heard += data
        if len(self._heard) > _UNREAD and self._channel is not None:
            self._channel.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def _end(self) -> None:
        self._gone = True
        self._news.set()
        self._room.set()

    # For sessions.

    async def write(self, said: bytes) -> None:
        if self._gone or self._channel is None:
            raise BrokenPipeError("the session is over")
        try:
            self._channel.write(said)
        except (OSError, asyncssh.Error) as error:
            raise ConnectionError(str(error)) from error
        await self._room.wait()

    async def read(self) -> bytes:
        while not self._heard and not self._gone:
            self._news.clear()
            await self._news.wait()
        heard = bytes(self._heard)
        self._heard.clear()
        if len(heard) > _UNREAD and self._channel is not None and not self._gone:
            self._channel.resume_reading()
        return heard

    def why(self) -> str:
        lines = self._complained.decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        if last.startswith("sudo:"):
            return f"sudo wants a password ({last}); let it do without: USER ALL=(root) NOPASSWD: ALL"
        return last and f"it let us in, and said: {last}"

    async def close(self) -> None:
        self._connection.abort()
        await self._connection.wait_closed()


def _acknowledge(connection: asyncssh.SSHClientConnection) -> None:
    """Have the kernel acknowledge at once: an sshd holds back its next small packet until then, for up to 40 ms."""
    plug: socket.socket | None = connection.get_extra_info("socket")
    if plug is not None and hasattr(socket, "TCP_QUICKACK"):
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
