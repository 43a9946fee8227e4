"""The container engine: what is built and run in it, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest


def docker(*args: str, timeout: float = 120, check: bool = True) -> str:
    """What `docker ARGS` said on stdout. AssertionError with its own words where it failed."""
    ended = subprocess.run(["docker", *args], capture_output=True, timeout=timeout)
    said = ended.stdout.decode(errors="replace")
    assert not check or ended.returncode == 0, f"docker {args[0]}: {ended.stderr.decode(errors='replace')[-2000:]}"
    return said.strip()


def require_engine() -> None:
    """Skips where no container engine answers."""
    try:
        docker("version", "--format", "{{.Server.Version}}", timeout=30)
    except (AssertionError, FileNotFoundError):
        pytest.skip("needs container-engine: no `docker` that answers")


def build(folder: Path, tag: str, arguments: Mapping[str, str] = {}) -> str:
    """Builds an image and names it `tag`. What pip needs to find its index is handed on where this machine needs it."""
    said = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    docker("build", "--network=host", "--tag", tag, *said, str(folder), timeout=900)
    return tag


def run(image: str, *words: str, options: Sequence[str] = ()) -> str:
    """The name of a container that runs in the background, on this machine's network."""
    return docker("run", "--detach", "--network=host", *options, image, *words)


def stop(which: str) -> None:
    """Kill and remove every container that a filter of `docker ps` finds, and see that none is left."""
    there = docker("ps", "--all", "--quiet", "--filter", which).split()
    if there:
        docker("rm", "--force", *there)
    left = docker("ps", "--all", "--quiet", "--filter", which)
    assert not left, f"{which}: {left} cannot be removed"
