"""The device program: the text of the files in `device`, and the words that start a session of it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

_STARTER = 'version=$1 program=$2 verbs=$3; shift 3; eval "$program"'


@cache
def device_program() -> str:
    """The files in `device`, one after another by name; without comments, for the text travels with every session."""
    parts = sorted(files("tidegate.drivers").joinpath("device").iterdir(), key=lambda part: part.name)
    lines = (line.lstrip("\t") for part in parts for line in part.read_text(encoding="utf-8").splitlines(keepends=True))
    return "".join(line for line in lines if not line.startswith("#") and line.strip())


def session_words(program: str, *, root: str, device: str) -> list[str]:
    """What a shell is called with, after its own name. Nothing in it is secret: it shows in a list of processes.

    `root` is a folder's absolute path, or empty. The shell must be started with an empty environment, for commands of
    users run with what it has; it answers requests on its stdin until that ends.
    """
    return ["-c", _STARTER, f"tidegate: {device}", _version(program), program, "serve", "-", root, device]


@cache
def _version(program: str) -> str:
    """What a device calls its copy of that text."""
    return hashlib.sha256(program.encode()).hexdigest()[:16]
