"""When a rollout stops: one sentence, the numbers, the devices, the next commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate import escape
from tidegate.model.record import Record
from tidegate.report.account import Account
from tidegate.report.ended import ended_lines
from tidegate.report.held import held_lines
from tidegate.report.people import WIDTH
from tidegate.rollout.progress import Progress

HELD = 5


@dataclass(frozen=True, slots=True)
class Story:
    """`lines` are defused and at most 80 columns wide, but for names that are longer."""

    lines: tuple[str, ...]
    exit_code: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def story(record: Record, *, exit_code: int | None = None) -> Story:
    """How it stands with a rollout whose job is over. `exit_code` where the job has another than the rollout's own:
    a signal's, or 0 for a leg that did its part."""
    progress, account = Progress.of(record.plan, record.events), Account(record.events)
    if progress.ended is not None:
        code = progress.ended.result.exit_code if exit_code is None else exit_code
        lines = ended_lines(record, progress, progress.ended, account)
    else:
        code = HELD if exit_code is None else exit_code
        lines = held_lines(record, progress, account)
    return Story(_with_exit([escape.line(line) for line in lines], code), code)


def _with_exit(lines: Iterable[str], code: int) -> tuple[str, ...]:
    """The exit code at the right end of the last line, or on one of its own."""
    *rest, last = lines
    if not code:
        return (*rest, last)
    words = f"exit {code}"
    if len(last) + 2 + len(words) <= WIDTH:
        return (*rest, f"{last:<{WIDTH - len(words)}}{words}")
    return (*rest, last, f"{words:>{WIDTH}}")
