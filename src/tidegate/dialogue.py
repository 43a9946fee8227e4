"""A child that is talked with for as long as both like."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tidegate import child

_CHUNK = 64 * 1024


class Dialogue:
    """A process that has exactly the environment it was given, and a session of its own. What it says on stderr is
    not heard.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self._process = process
        self._stdin = stdin
        self._stdout = stdout

    @classmethod
    async def start(cls, argv: Sequence[str], *, environ: Mapping[str, str]) -> Dialogue:
        """MissingProgram where it cannot be started."""
        process = await child.start(argv, environ, None, stderr=asyncio.subprocess.DEVNULL)
        if process.stdin is None or process.stdout is None:
            raise AssertionError("a child without a pipe")
        return cls(process, process.stdin, process.stdout)

    async def write(self, text: bytes) -> None:
        """Hands all of it over. BrokenPipeError or ConnectionResetError where nobody reads it."""
        self._stdin.write(text)
        await self._stdin.drain()

    async def read(self) -> bytes:
        """Something of what it says; nothing once it has closed its stdout."""
        return await self._stdout.read(_CHUNK)

    def why(self) -> str:
        """Nothing: what it says on stderr is not heard."""
        return ""

    async def close(self) -> None:
        """Kills it alone, if it still lives: what it has started goes on."""
        await child.let_go(self._process)
