"""Plain lines for a log: each written once, and never one per device of a large fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tidegate.model.canonical import short
from tidegate.model.event import Event, Stepped
from tidegate.model.plan import Plan
from tidegate.report.people import MANY, WIDTH, clock, wrapped
from tidegate.report.sentence import sentence
from tidegate.rollout.progress import Progress

_LINES = 3
_NARROW, _WIDE = 9, 20


def heading(rollout: str, plan: Plan, audit: str) -> str:
    """The first line: which rollout of what, and where its record is. `audit` is the branch's name."""
    parts = (f"rollout {rollout}", f"plan {short(plan.digest)}", f"revision {plan.revision[:7]}", f"audit: {audit}")
    return "\n".join(wrapped("  ".join(parts), indent=2))


def line(event: Event, progress: Progress) -> str | None:
    """`12:01:07 staging   ber-stg-02  reverted, ...`, wrapped at 80 columns; None where an event is worth no line.

    `progress` is as of after the event. What devices and people said is defused.
    """
    head = f"{clock(event.at)} {place(event, progress):<{column(progress.plan)}} "
    said = sentence(event, progress, WIDTH - len(head))
    if not said:
        return None
    device = f"{event.d}  " if isinstance(event, Stepped) else ""
    return "\n".join(wrapped(device + said, head, most=_LINES))


def place(event: Event, progress: Progress) -> str:
    """The wave it is about, or `rollout`."""
    if isinstance(event, Stepped):
        return progress.plan.waves[progress.plan.wave_of[event.d]].name
    return getattr(event, "wave", "") or "rollout"


def column(plan: Plan) -> int:
    """The columns that places take."""
    return min(_WIDE, max(_NARROW, *(len(wave.name) for wave in plan.waves)))


class Notable:
    """Which events get a line: of a kind that many devices of a wave share, the first five, and that there are more."""

    def __init__(self, rollout: str) -> None:
        self._rollout = rollout
        self._seen: Counter[tuple[int, str, str]] = Counter()

    def line(self, event: Event, progress: Progress) -> str | None:
        said = line(event, progress)
        if said is None or not isinstance(event, Stepped):
            return said
        kind = (progress.plan.wave_of[event.d], event.s.value, event.why)
        self._seen[kind] += 1
        if self._seen[kind] <= MANY:
            return said
        if self._seen[kind] > MANY + 1:
            return None
        head = f"{clock(event.at)} {place(event, progress):<{column(progress.plan)}} "
        more = f"and more, not listed here: tidegate audit show {self._rollout}"
        return "\n".join(wrapped(more, head))


class LogListener:
    """Says what happens, line by line. `say` writes one text and the end of its line."""

    def __init__(self, say: Callable[[str], None], rollout: str) -> None:
        self._say = say
        self._notable = Notable(rollout)

    def hear(self, event: Event, progress: Progress) -> None:
        said = self._notable.line(event, progress)
        if said is not None:
            self._say(said)
