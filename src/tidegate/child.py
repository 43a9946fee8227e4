"""The one way to run a process: nothing inherited but what is named, bounded in time, memory and output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import IO, TypeVar

from tidegate.errors import TidegateError

Stream = TypeVar("Stream")
MIB = 1024 * 1024
_CHUNK = 64 * 1024
# Its standard input is a pipe that we hold: whatever ends us closes it, and that ends the companion.
_COMPANION = 'exec 3<&0; "$@" </dev/null 3<&- & c=$!; { read -r _ <&3; kill -KILL "$c"; } & exec 3<&-; wait "$c"'
_LIMITER = 'ulimit -c 0; ulimit -v "$1" || exit 126; ulimit -t "$2" || exit 126; shift 2; exec "$@"'


class MissingProgram(TidegateError):
    """A program that is needed is not on this machine, or may not be run."""


class End(StrEnum):
    """How it came to an end: by itself, by our clock, or because it would not stop talking."""

    ENDED = "ended"
    TIMED_OUT = "timed_out"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that is no more. `code` is its exit code, negative for a signal; output is cut at the limit."""

    code: int
    stdout: bytes
    stderr: bytes
    end: End = End.ENDED

    @property
    def well(self) -> bool:
        """Did it end by itself, with exit code 0?"""
        return self.end is End.ENDED and self.code == 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may use: bytes of address space, seconds of processor time. Set by the shell before the program."""

    memory: int
    cpu: int


def allowed(environ: Mapping[str, str], *names: str) -> Mapping[str, str]:
    """The variables of `environ` that a child may see: `PATH`, `HOME`, and those named."""
    return MappingProxyType({name: environ[name] for name in ("PATH", "HOME", *names) if name in environ})


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    environ: Mapping[str, str],
    input: bytes = b"",  # noqa: A002 - the word subprocess uses
    cwd: Path | None = None,
    limit: int = 4 * MIB,
    bounds: Bounds | None = None,
) -> Ended:
    """Run `argv` to its end: at most `timeout` seconds, at most `limit` bytes each of stdout and stderr.

    The child has exactly `environ`, its own session and no file of ours. It has ended when it is gone and its streams
    are closed; then, and at a time-out, too much output or an exception, its whole process group is killed.
    MissingProgram where it cannot be started.
    """
    deadline = time.monotonic() + timeout
    try:
        child = subprocess.Popen(
            _bounded(argv, bounds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise _missing(argv, cwd, error) from error
    with child:
        try:
            talk = _Talk(child, input, limit)
            end = talk.until(deadline)
        finally:
            _kill_group(child.pid)
        return Ended(child.wait(), bytes(talk.said[0][:limit]), bytes(talk.said[1][:limit]), end)


@contextlib.contextmanager
def companion(
    argv: Sequence[str], *, environ: Mapping[str, str], words: Path, bounds: Bounds | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program beside us until the block ends, or we do, however that comes about: see its `poll`.

    It has exactly `environ`; what it says is appended to `words`. MissingProgram where it cannot be started.
    """
    with words.open("ab") as said:
        try:
            child = subprocess.Popen(
                ["/bin/sh", "-c", _COMPANION, "sh", *_bounded(argv, bounds)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                env=dict(environ),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise _missing(argv, None, error) from error
    with child:
        try:
            yield child
        finally:
            _kill_group(child.pid)


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
    child = await start(_bounded(argv, bounds), environ, cwd)
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
        raise _missing(argv, cwd, error) from error
    except asyncio.CancelledError:
        # Cancelled while it starts, asyncio would kill the program alone and wait for all that it has started.
        await _finish(await starting)
        raise


async def _finish(child: asyncio.subprocess.Process) -> int:
    """Kill the group, let go of the pipes (somebody who left the group may hold them), take the exit code."""
    _kill_group(child.pid)
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
        while chunk := await stream.read(_CHUNK):
            into += chunk
            if len(into) > limit:
                raise _Full

    full = False
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(write(_there(child.stdin)))
            group.create_task(read(_there(child.stdout), said[0]))
            group.create_task(read(_there(child.stderr), said[1]))
    except* _Full:
        full = True
    return full


class _Full(Exception):
    """A stream went over its limit."""


class _Talk:
    """Feeds a child and listens to it, without a thread and without ever holding more than the limit."""

    def __init__(self, child: subprocess.Popen[bytes], text: bytes, limit: int) -> None:
        self.said = (bytearray(), bytearray())
        self._child, self._left, self._limit = child, memoryview(text), limit
        self._selector = selectors.DefaultSelector()
        self._selector.register(_there(child.stdout), selectors.EVENT_READ, self.said[0])
        self._selector.register(_there(child.stderr), selectors.EVENT_READ, self.said[1])
        stdin = _there(child.stdin)
        if text:
            os.set_blocking(stdin.fileno(), False)
            self._selector.register(stdin, selectors.EVENT_WRITE)
        else:
            stdin.close()

    def until(self, deadline: float) -> End:
        with self._selector:
            while self._selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return End.TIMED_OUT
                for key, _ in self._selector.select(left):
                    if self._step(key):
                        return End.TOO_MUCH
        try:
            self._child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return End.TIMED_OUT
        return End.ENDED

    def _step(self, key: selectors.SelectorKey) -> bool:
        stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
        if key.data is None:
            self._write(stream)
            return False
        chunk = os.read(stream.fileno(), _CHUNK)
        if not chunk:
            self._selector.unregister(stream)
        key.data.extend(chunk)
        return len(key.data) > self._limit

    def _write(self, stream: IO[bytes]) -> None:
        try:
            self._left = self._left[os.write(stream.fileno(), self._left[:_CHUNK]) :]
        except BrokenPipeError:
            self._left = self._left[:0]
        if not self._left:
            self._selector.unregister(stream)
            stream.close()


def _there(stream: Stream | None) -> Stream:
    """The pipe that was asked for; for the type checker."""
    if stream is None:
        raise AssertionError("a child without a pipe")
    return stream


def _bounded(argv: Sequence[str], bounds: Bounds | None) -> list[str]:
    # By the shell, not by a function between fork and exec: that may dead-lock in a program with threads.
    if bounds is None:
        return list(argv)
    return ["/bin/sh", "-c", _LIMITER, "sh", str(bounds.memory // 1024), str(bounds.cpu), *argv]


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _missing(argv: Sequence[str], cwd: Path | None, error: OSError) -> MissingProgram:
    if cwd is not None and not cwd.is_dir():
        return MissingProgram(f"cannot run `{argv[0]}` in {cwd}: no such folder")
    return MissingProgram(
        f"cannot run `{argv[0]}`: {error.strerror}", hint="Install it, or put its folder on PATH, and start again."
    )
