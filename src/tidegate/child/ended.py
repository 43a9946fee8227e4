"""What a child came to, what it may use, and what all ways to run one share."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tidegate.errors import TidegateError

Stream = TypeVar("Stream")
MIB = 1024 * 1024
CHUNK = 64 * 1024
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


def there(stream: Stream | None) -> Stream:
    """The pipe that was asked for; for the type checker."""
    if stream is None:
        raise AssertionError("a child without a pipe")
    return stream


def bounded(argv: Sequence[str], bounds: Bounds | None) -> list[str]:
    # By the shell, not by a function between fork and exec: that may dead-lock in a program with threads.
    if bounds is None:
        return list(argv)
    return ["/bin/sh", "-c", _LIMITER, "sh", str(bounds.memory // 1024), str(bounds.cpu), *argv]


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def missing(argv: Sequence[str], cwd: Path | None, error: OSError) -> MissingProgram:
    if cwd is not None and not cwd.is_dir():
        return MissingProgram(f"cannot run `{argv[0]}` in {cwd}: no such folder")
    return MissingProgram(
        f"cannot run `{argv[0]}`: {error.strerror}", hint="Install it, or put its folder on PATH, and start again."
    )
