"""The container engine: what is built and run in it, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from containers import ENGINE


def docker(*args: str, timeout: float = 120) -> str:
    """What the engine said on stdout to `docker ARGS`. AssertionError with its own words where it failed."""
    ended = subprocess.run([ENGINE, *args], capture_output=True, timeout=timeout)
    assert ended.returncode == 0, f"{ENGINE} {args[0]}: {ended.stderr.decode(errors='replace')[-2000:]}"
    return ended.stdout.decode(errors="replace").strip()


def require_engine() -> None:
    """Skips where no container engine answers."""
    try:
        docker("info", timeout=30)
    except (AssertionError, FileNotFoundError):
        pytest.skip("needs container-engine: none answers")


def build(folder: Path, tag: str) -> None:
    """Builds an image and names it `tag`."""
    docker("build", "--network=host", "--tag", tag, str(folder), timeout=600)


def run(image: str, *words: str, options: Sequence[str] = ()) -> str:
    """The name of a container that runs in the background, on this machine's network."""
    return docker("run", "--detach", "--network=host", *options, image, *words)


def stop(which: str) -> None:
    """Kill and remove every container that a filter of `docker ps` finds, and see that none is left."""
    listing = ("ps", "--all", "--quiet", "--filter", which)
    for _ in range(2):  # one whose network another uses can only go after that one
        for each in docker(*listing).split():
            subprocess.run([ENGINE, "rm", "--force", each], capture_output=True, timeout=60)
    left = docker(*listing)
    assert not left, f"{which}: {left} cannot be removed"
