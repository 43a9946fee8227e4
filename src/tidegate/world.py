"""All that is outside us, in one frozen value: the only door for time, environment, folders and words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tidegate.clock import Clock, SystemClock
from tidegate.model.run import Run


def _to_nobody(_said: object) -> None:
    """Nobody wants to have it."""


@dataclass(frozen=True, slots=True)
class World:
    """What a command may touch. `here` is the folder it was started in; `state` and `cache` are folders of our own.

    `say` writes the product to stdout, one text at a time; `tell` speaks to the person on stderr. `terminal` says
    whether a person watches, `colour` whether words may be coloured. `run` is the job of a workflow that acts, None
    where a person does; such a job is given the `outputs` of a command, and what makes a `summary` of it in Markdown.
    """

    here: Path
    clock: Clock
    environ: Mapping[str, str]
    say: Callable[[str], None]
    tell: Callable[[str], None]
    state: Path
    cache: Path
    terminal: bool = False
    colour: bool = False
    run: Run | None = None
    outputs: Callable[[Mapping[str, str]], None] = _to_nobody
    summary: Callable[[Callable[[], str]], None] = _to_nobody


def real_world(*, plain: bool = False) -> World:
    """The world of this process. `TIDEGATE_STATE` and `TIDEGATE_CACHE` move our own folders."""
    from platformdirs import user_cache_path, user_state_path

    terminal = sys.stderr.isatty() and "CI" not in os.environ
    return World(
        here=Path.cwd(),
        clock=SystemClock(),
        environ=os.environ,
        say=_say,
        tell=_tell,
        state=Path(os.environ.get("TIDEGATE_STATE") or user_state_path("tidegate")),
        cache=Path(os.environ.get("TIDEGATE_CACHE") or user_cache_path("tidegate")),
        terminal=terminal and not plain,
        colour=sys.stdout.isatty() and not plain and "NO_COLOR" not in os.environ and "CI" not in os.environ,
    )


def _say(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def _tell(text: str) -> None:
    sys.stderr.write(text if text.endswith("\n") else text + "\n")
    sys.stderr.flush()
