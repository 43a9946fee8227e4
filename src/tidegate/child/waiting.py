"""Running a process while we wait for its end."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tidegate.child.ended import CHUNK, MIB, Bounds, End, Ended, bounded, kill_group, missing, there


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
            bounded(argv, bounds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise missing(argv, cwd, error) from error
    with child:
        try:
            talk = _Talk(child, input, limit)
            end = talk.until(deadline)
        finally:
            kill_group(child.pid)
        return Ended(child.wait(), bytes(talk.said[0][:limit]), bytes(talk.said[1][:limit]), end)


class _Talk:
    """Feeds a child and listens to it, without a thread and without ever holding more than the limit."""

    def __init__(self, child: subprocess.Popen[bytes], text: bytes, limit: int) -> None:
        self.said = (bytearray(), bytearray())
        self._child, self._left, self._limit = child, memoryview(text), limit
        self._selector = selectors.DefaultSelector()
        self._selector.register(there(child.stdout), selectors.EVENT_READ, self.said[0])
        self._selector.register(there(child.stderr), selectors.EVENT_READ, self.said[1])
        stdin = there(child.stdin)
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
        chunk = os.read(stream.fileno(), CHUNK)
        if not chunk:
            self._selector.unregister(stream)
        key.data.extend(chunk)
        return len(key.data) > self._limit

    def _write(self, stream: IO[bytes]) -> None:
        try:
            self._left = self._left[os.write(stream.fileno(), self._left[:CHUNK]) :]
        except BrokenPipeError:
            self._left = self._left[:0]
        if not self._left:
            self._selector.unregister(stream)
            stream.close()
