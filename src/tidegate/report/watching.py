"""How a rollout is shown while it runs: a live block where a person watches, lines in a log elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from tidegate.model.record import Record
from tidegate.report.log import LogListener, heading
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.report.live import LiveListener

Watcher: TypeAlias = "LogListener | LiveListener"


@contextmanager
def watching(world: World, record: Record, audit: str) -> Iterator[Watcher]:
    """A listener for the time of a job, on stderr. `record` is what was known when it began, `audit` its branch."""
    if not world.terminal:
        world.tell(heading(record.rollout, record.plan, audit))
        yield LogListener(world.tell, record.rollout)
        return
    from rich.console import Console

    from tidegate.report.live import LiveListener

    console = Console(stderr=True, no_color="NO_COLOR" in world.environ, highlight=False)
    with LiveListener(console, world.clock, record, audit) as live:
        yield live
