"""From the text that was judged to the one that people look at: a merge result has lines elsewhere than its branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from tidegate.model.place import Location


def on_head(where: Location, judged: str, head: str | None) -> Location | None:
    """The same place in the branch's own text of the file, or None where it does not have these very lines.

    `head` None: the branch has no such file.
    """
    if head is None:
        return None
    last = max(where.line, where.end_line)
    mapped = _mapped(judged.splitlines(), head.splitlines(), where.line - 1, last)
    if mapped is None:
        return None
    return replace(where, line=mapped + 1, end_line=where.end_line and where.end_line + mapped + 1 - where.line)


def _mapped(judged: Sequence[str], head: Sequence[str], first: int, end: int) -> int | None:
    """Where lines `first` to before `end`, from 0, stand in `head` one after the other."""
    if judged == head:
        return first
    before = _common(judged, head)
    if end <= before:
        return first
    left, right = judged[before:], head[before:]
    after = _common(left[::-1], right[::-1])
    if first >= len(judged) - after and end <= len(judged):
        return first + len(head) - len(judged)
    middle = SequenceMatcher(None, left[: len(left) - after], right[: len(right) - after], autojunk=False)
    for a, b, size in middle.get_matching_blocks():
        if a + before <= first and end <= a + before + size:
            return first - a + b
    return None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(one), len(other)))
