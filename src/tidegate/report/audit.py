"""What the audit branch says, in a few lines: its rollouts, whether it is whole, and that it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidegate import escape
from tidegate.model.canonical import instant, parse_instant
from tidegate.model.event import Opened
from tidegate.model.state import State
from tidegate.model.verified import Verified
from tidegate.report.people import WIDTH, count, when, wrapped
from tidegate.report.sentence import ends

_FAULTS = 20
_INDENT = "  "
_HAVE = (State.CONFIRMED, State.SUCCEEDED, State.NOOP)
_NEW = "This machine had never seen it before. Hold it against a tip that was noted elsewhere: --tip SHA"
_UNSIGNED = "Records are not signed yet: who may push could have rewritten all of them, from the first to the last."


@dataclass(frozen=True, slots=True)
class Row:
    """One rollout of the log. `state` is its result, or where it stands while it has none; `counts` by state."""

    rollout: str
    lane: str
    opened: Opened
    state: str
    counts: Mapping[str, int]
    ended: datetime | None = None
    reason: str = ""

    @property
    def who(self) -> str:
        return str(self.opened.asked.get("by", ""))

    @property
    def ratio(self) -> str:
        """How many of its devices have the change."""
        return f"{sum(self.counts.get(state, 0) for state in _HAVE)}/{sum(self.counts.values())}"

    @property
    def note(self) -> str:
        """What became of the others; of a rollback also of what."""
        others = ends({state: number for state, number in self.counts.items() if state not in _HAVE})
        back = f"takes back {self.opened.of}" if self.opened.of else ""
        return ", ".join(words for words in (back, others) if words)


def log_text(rows: Sequence[Row], older: int, now: datetime) -> str:
    """The newest first, one line each. `older`: how many more there are. Times are UTC."""
    if not rows:
        return "Nothing was ever rolled out from here. Begin: tidegate plan, tidegate deploy"
    cells = [
        (when(row.opened.at, now), row.rollout, row.state, row.who, row.opened.revision[:7], row.ratio) for row in rows
    ]
    widths = [max(map(len, texts)) for texts in zip(*cells, strict=True)]
    lines = []
    for row, cell in zip(rows, cells, strict=True):
        words = "  ".join(f"{text:<{width}}" for text, width in zip(cell, widths, strict=True))
        lines.append(escape.line(f"{words}  {row.note}", WIDTH))
    more = [f"{count(older, 'older rollout')}: tidegate audit log --last {len(rows) + older}"] if older else []
    return "\n".join([*lines, *more])


def log_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "rollout": row.rollout,
            "lane": row.lane,
            "kind": row.opened.kind,
            "of": row.opened.of,
            "revision": row.opened.revision,
            "plan": row.opened.plan,
            "opened": instant(row.opened.at),
            "asked_by": dict(row.opened.asked),
            "state": row.state,
            "reason": row.reason,
            "ended": instant(row.ended) if row.ended else None,
            "devices": dict(row.counts),
        }
        for row in rows
    ]


def begun_text(name: str, commit: str, records: int, *, made: bool) -> str:
    """What `audit init` did."""
    if not made:
        return "\n".join(wrapped(f"{name} is there already, with {count(records, 'record')}. Its tip is {commit}."))
    lines = [
        *wrapped(f"✓ Made {name}: every rollout leaves its record there, and nothing is taken away.", indent=2),
        *wrapped(f"Its tip is {commit}.", _INDENT),
        *wrapped("Forbid force pushes and deletion of this branch at your git server.", _INDENT),
    ]
    return "\n".join(lines)


def verified_text(name: str, verified: Verified, compared: Sequence[str]) -> str:
    """The answer first. `compared`: what the branch was held against beside itself, in words."""
    lines = [_answer(name, verified)]
    for fault in verified.faults[:_FAULTS]:
        lines += wrapped(str(fault), _INDENT, indent=4)
    more = len(verified.faults) - _FAULTS
    if more > 0:
        lines.append(f"{_INDENT}and {more} more: tidegate audit verify --format json")
    if verified.commit and not verified.faults:
        lines += wrapped(f"Its tip is {verified.commit}{_span(verified)}.", _INDENT)
    lines += wrapped(f"Compared with {' and '.join(compared)}." if compared else _NEW, _INDENT)
    return "\n".join(lines + wrapped(_UNSIGNED, _INDENT))


def _answer(name: str, verified: Verified) -> str:
    size = f"{count(verified.records, 'record')} of {count(verified.rollouts, 'rollout')}"
    if verified.faults:
        return f"✗ {name} was tampered with: {count(len(verified.faults), 'fault')} in {size}."
    return f"✓ {name} is whole: {size}."


def _span(verified: Verified) -> str:
    """When it was written, by its own word."""
    return f", written from {_day(verified.first)} to {_day(verified.last)}" if verified.records else ""


def _day(at: str) -> str:
    try:
        return f"{parse_instant(at):%Y-%m-%d}"
    except ValueError:
        return escape.line(at)


def verified_json(verified: Verified, compared: Sequence[str]) -> dict[str, Any]:
    return {
        "whole": not verified.faults,
        "tip": verified.commit,
        "records": verified.records,
        "rollouts": verified.rollouts,
        "first": verified.first,
        "last": verified.last,
        "compared_with": list(compared),
        "signed": False,
        "faults": [{"commit": fault.commit, "path": fault.path, "what": fault.what} for fault in verified.faults],
    }


def synced_text(settled: Sequence[tuple[str, int, bool]]) -> str:
    """What was owed and is written now: rollout, events, whether they came too late to count."""
    lines = [
        f"{rollout}: {count(events, 'event')} written" + (", too late to count: it was taken over" if late else "")
        for rollout, events, late in settled
        if events
    ]
    return "\n".join(lines) or "Nothing is owed: the branch has all that this machine knows."
