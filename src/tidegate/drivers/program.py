"""The device program: the text of the files in `device`, and the words that start a session of it."""

from __future__ import annotations

import hashlib
import shlex
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

# The text comes on stdin, for words show in a list of processes and in what sudo logs. What was cut short ends it.
_STARTER = (
    "version=$1 length=$2 verbs=$3; shift 3; program=$(dd bs=$length count=1 iflag=fullblock 2>/dev/null); "
    '[ ${#program} -eq $length ] || { echo "the device program did not arrive whole: is dd there?" >&2; exit 1; }; '
    'eval "$program"'
)


@cache
def device_program() -> str:
    """The files in `device`, one after another by name, after those that a process in a mount namespace needs too."""
    device = files("tidegate.drivers").joinpath("device")
    return f'for_inside={shlex.quote(_joined(device.joinpath("inside")))}\neval "$for_inside"\n{_joined(device)}'


def _joined(folder: Traversable) -> str:
    """Without comments and indents, for the text travels with every session."""
    parts = sorted((part for part in folder.iterdir() if part.is_file()), key=lambda part: part.name)
    lines = (line.lstrip("\t") for part in parts for line in part.read_text(encoding="utf-8").splitlines(keepends=True))
    return "".join(line for line in lines if not line.startswith("#") and line.strip())


def session_words(program: str, *, root: str, device: str) -> list[str]:
    """What a shell is called with, after its own name, to take that text from its stdin first.

    `root` is a folder's absolute path, or empty. The shell must be started with an empty environment, for commands of
    users run with what it has; it answers requests on its stdin until that ends.
    """
    length = str(len(session_text(program)))
    return ["-c", _STARTER, f"tidegate: {device}", _version(program), length, "serve", "-", root, device]


def session_text(program: str) -> bytes:
    """What comes first on its stdin: neither NUL nor a line break at the end, which a shell would not keep."""
    return program.rstrip("\n").encode()


@cache
def _version(program: str) -> str:
    """What a device calls its copy of that text."""
    return hashlib.sha256(program.encode()).hexdigest()[:16]
