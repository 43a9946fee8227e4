"""Processor time of whole trees of processes, whoever their parent is by now: a control group each."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_OLD, _NEW = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")
_JOIN = 'echo $$ >"$1"; shift; exec "$@"'


class Account:
    """A group of processes. OSError where this machine lets nobody make one."""

    def __init__(self, name: str) -> None:
        top = _OLD if _OLD.is_dir() else _NEW
        self._folder = top / f"tidegate-bench-{os.getpid()}-{name}"
        self._folder.mkdir()

    def joining(self, words: Sequence[str]) -> list[str]:
        """The same program, as a member from its first moment, with all that it will start."""
        return ["/bin/sh", "-c", _JOIN, "sh", str(self._folder / "cgroup.procs"), *words]

    def seconds(self) -> float:
        """What its members, and those that are no more, have used until now."""
        usage = self._folder / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        first = (self._folder / "cpu.stat").read_text().split()
        return int(first[first.index("usage_usec") + 1]) / 1e6

    def members(self) -> set[int]:
        return {int(pid) for pid in (self._folder / "cgroup.procs").read_text().split()}

    def close(self) -> None:
        """Ends who is still in it: a way that was kept open for more."""
        while members := self.members():
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)  # a process leaves its group a moment after it has ended
        self._folder.rmdir()
