"""Running a process while the event loop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from tidegate.child.ended import CHUNK, MIB, Bounds, End, Ended, bounded, kill_group, missing, there


async def run_async(
    argv: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109 - the deadline belongs to the process, whose group is killed at it
    environ: Mapping[str, str],
    input: bytes = b"",  # noqa: A002
    cwd: Path | None = None,
    limit: int = 4 * MIB,
    bounds: Bounds | None = None,
) -> Ended:
    """As `run`, without blocking the event loop; when it is cancelled the process group is killed."""
    child = await start(bounded(argv, bounds), environ, cwd)
    said = (bytearray(), bytearray())
    end = End.ENDED
    try:
        async with asyncio.timeout(timeout):
            full = await _converse(child, input, said, limit)
            end = End.TOO_MUCH if full else End.ENDED
            if not full:
                await child.wait()
    except TimeoutError:
        end = End.TIMED_OUT
    finally:
        code = await _finish(child)
    return Ended(code, bytes(said[0][:limit]), bytes(said[1][:limit]), end)


async def start(
    argv: Sequence[str], environ: Mapping[str, str], cwd: Path | None, *, stderr: int = asyncio.subprocess.PIPE
) -> asyncio.subprocess.Process:
    """A child with pipes, for who looks after its end; `dialogue` is. MissingProgram where it cannot be started."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except OSError as error:
        raise missing(argv, cwd, error) from error
    except asyncio.CancelledError:
        # Cancelled while it starts, asyncio would kill the program alone and wait for all that it has started.
        await _finish(await starting)
        raise


async def _finish(child: asyncio.subprocess.Process) -> int:
    """Kill the group, let go of the pipes (somebody who left the group may hold them), take the exit code."""
    kill_group(child.pid)
    return await let_go(child)


async def let_go(child: asyncio.subprocess.Process) -> int:
    """Kill it alone if it still lives, close its pipes, take its exit code."""
    if child.returncode is None:
        # Not by `child.kill()`: that looks for the exit code first, which asyncio would then miss.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    for number in range(3):
        pipe = child._transport.get_pipe_transport(number)  # type: ignore[attr-defined]  # there is no other way
        if pipe is not None:
            pipe.close()
    return await child.wait()


async def _converse(
    child: asyncio.subprocess.Process, text: bytes, said: tuple[bytearray, bytearray], limit: int
) -> bool:
    """Write all, read all; True where one of the streams went over the limit."""

    async def write(stream: asyncio.StreamWriter) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stream.write(text)
            await stream.drain()
        stream.close()

    async def read(stream: asyncio.StreamReader, into: bytearray) -> None:
        while chunk := await stream.read(CHUNK):
            into += chunk
            if len(into) > limit:
                raise _Full

    full = False
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(write(there(child.stdin)))
            group.create_task(read(there(child.stdout), said[0]))
            group.create_task(read(there(child.stderr), said[1]))
    except* _Full:
        full = True
    return full


class _Full(Exception):
    """A stream went over its limit."""
