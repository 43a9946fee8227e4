"""Findings as annotations of a check: each fault once, the worst first, at the lines of the commit that is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate import escape
from tidegate.github.check_runs import Annotation, Level
from tidegate.model.place import Finding, Location, Severity
from tidegate.report.people import count

MOST = 500
_TITLE = 255
_PATH = 4096
_MESSAGE = 8_000
"""Letters of a message; GitHub takes 64 KiB, and nobody reads them in a margin."""
_LEVELS = {Severity.ERROR: Level.FAILURE, Severity.WARNING: Level.WARNING, Severity.NOTICE: Level.NOTICE}
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}

Mapped: TypeAlias = Callable[[Location], Location | None]
"""Where a line of the judged merge result stands in the head that is shown; None where it does not."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """`hidden` says in words what could not be shown at a line; empty where all is."""

    annotations: tuple[Annotation, ...]
    hidden: str


def where_it_is(location: Location) -> Location:
    """For a commit that was judged itself."""
    return location


def annotated(findings: Sequence[Finding], mapped: Mapped = where_it_is, most: int = MOST) -> Annotated:
    """One annotation for each file, line and rule."""
    shown: dict[tuple[str, int, str], Annotation] = {}
    hidden: Counter[Severity] = Counter()
    for finding in sorted(findings, key=lambda one: (_ORDER[one.severity], one.location, one.rule)):
        place = mapped(finding.location) if finding.location.file.strip() else None
        key = (place.file, place.line, finding.rule) if place else None
        if place is None or (key not in shown and len(shown) == most):
            hidden[finding.severity] += 1
        elif key is not None and key not in shown:
            shown[key] = _annotation(finding, place)
    kinds = [count(hidden[severity], severity.value) for severity in Severity if hidden[severity]]
    return Annotated(tuple(shown.values()), f"Not shown at a line: {', '.join(kinds)}." if kinds else "")


def _annotation(finding: Finding, place: Location) -> Annotation:
    line = max(1, place.line)
    whole = place.end_line == place.line and place.end_column > place.column > 0
    message = f"{finding.message}\n{finding.fix}" if finding.fix else finding.message
    return Annotation(
        path=escape.line(place.file, _PATH),
        start_line=line,
        end_line=line,
        level=_LEVELS[finding.severity],
        message=escape.block(message[:_MESSAGE], _MESSAGE).strip() or finding.severity.value,
        title=escape.line(finding.rule, _TITLE),
        start_column=place.column if whole else 0,
        end_column=place.end_column if whole else 0,
    )
