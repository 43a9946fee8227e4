"""The line of a file that a finding is about, as people see it, with marks below what is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate import escape
from tidegate.model.place import Location

_TAB = "    "
_WORD = re.compile(r"[\w./-]+")
_MARGIN = 12
"""Columns that stay visible before what is meant when a long line is cut."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`lines`: (number, text) of the lines shown, defused; the last one is meant. `marks` go below it."""

    lines: tuple[tuple[int, str], ...]
    marks: str


def frame(lines: Sequence[str], where: Location, width: int) -> Frame | None:
    """The line of `where` in a file, after the line before it where that one holds it; None where there is none.

    Lines are cut to `width` columns around what is meant.
    """
    if not 1 <= where.line <= len(lines):
        return None
    line = lines[where.line - 1]
    start = min(max(where.column - 1, 0), len(line))
    end = _end(line, start, where)
    left = _cut(line, start, min(end, len(line)), width)
    shown = _shown(line[left:])
    cut = "…" if left else ""
    begin = len(cut) + _columns(_shown(line[left:start]))
    size = max(1, _columns(_shown(line[start : max(end, start + 1)])))
    marks = " " * begin + "^" * max(1, min(size, width - begin))
    before = _holder(lines, where.line - 1)
    own = (where.line, _fit(cut + shown, width))
    return Frame(((where.line - 1, _fit(_shown(before), width)), own) if before else (own,), marks)


def _end(line: str, start: int, where: Location) -> int:
    """The letter after what is meant; where that is not known, after the word that begins there."""
    if where.end_line == where.line and where.end_column > where.column:
        return where.end_column - 1
    word = _WORD.match(line, start)
    return word.end() if word else start + 1


def _holder(lines: Sequence[str], at: int) -> str:
    """The line before, where it is less indented: it holds this one."""
    before = lines[at - 1] if at else ""
    return before if before.strip() and _indent(before) < _indent(lines[at]) else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _cut(line: str, start: int, end: int, width: int) -> int:
    """The first letter to show, so that what is meant is seen."""
    if _columns(_shown(line[:end])) <= width:
        return 0
    left = max(0, start - _MARGIN)
    while left < start and _columns(_shown(line[left:end])) >= width:
        left += 1
    return left


def _shown(text: str) -> str:
    # `line` drops blanks at the end, which count here: a letter holds them.
    return escape.line(text.replace("\t", _TAB) + ".", len(text) * 10 + 10)[:-1]


def _columns(text: str) -> int:
    """Columns of a terminal: wide letters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _fit(text: str, width: int) -> str:
    if _columns(text) <= width:
        return text.rstrip()
    kept = text
    while _columns(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"
