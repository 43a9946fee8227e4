"""From the text that was judged to the one that people look at: a merge result has lines elsewhere than its branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeAlias

from tidegate.model.place import Location

_LONGEST = 20_000
"""Lines that are compared; of what differs in a longer stretch no line is shown."""
_Block: TypeAlias = tuple[int, int, int]
"""Where it begins in the one and in the other, from 0, and how many lines are the same."""


def on_head(where: Location, judged: str, head: str | None) -> Location | None:
    """The same place in the branch's own text of the file, or None where it does not have these very lines.

    `head` None: the branch has no such file.
    """
    if head is None or judged == head:
        return where if head is not None else None
    first, end = where.line - 1, max(where.line, where.end_line)
    for here, there, size in _blocks(judged, head):
        if here <= first and end <= here + size:
            moved = there - here
            return replace(where, line=where.line + moved, end_line=where.end_line and where.end_line + moved)
    return None


@lru_cache(maxsize=32)
def _blocks(judged: str, head: str) -> tuple[_Block, ...]:
    """The lines that both have, in their order. What both begin and end with is not compared line by line."""
    one, other = judged.splitlines(), head.splitlines()
    before = _common(one, other)
    after = _common(one[before:][::-1], other[before:][::-1])
    left, right = one[before : len(one) - after], other[before : len(other) - after]
    blocks = [(0, 0, before), (len(one) - after, len(other) - after, after)]
    if max(len(left), len(right)) <= _LONGEST:
        same = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
        blocks += [(a + before, b + before, size) for a, b, size in same]
    return tuple(blocks)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(one), len(other)))
