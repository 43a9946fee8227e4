"""Numbers, times and lists as people say them, on lines of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from tidegate import escape

WIDTH = 80
MANY = 5
"""So many names are said; after that, how many more there are."""


def duration(seconds: float) -> str:
    """`0.4 s`, `14 s`, `3 m 20 s`, `3 h 20 m`, `2 d 4 h`: the two largest units that say something."""
    if 0 < seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s" if whole % 60 else f"{whole // 60} m"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} m" if minutes % 60 else f"{minutes // 60} h"
    hours = minutes // 60
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"


def when(at: datetime, now: datetime) -> str:
    """`09:12`, `yesterday 09:12`, `23 Nov 09:12`, `23 Nov 2025 09:12`: UTC, as all times are."""
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    return f"yesterday {at:%H:%M}" if days == 1 else f"{_date(at, now)} {at:%H:%M}"


def day(at: datetime, now: datetime) -> str:
    """`today`, `yesterday`, `3 days ago`, `on 23 Nov`, `on 23 Nov 2025`."""
    days = (now.date() - at.date()).days
    if 2 <= days < 7:
        return f"{days} days ago"
    return {0: "today", 1: "yesterday"}.get(days, f"on {_date(at, now)}")


def _date(at: datetime, now: datetime) -> str:
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def count(number: int, word: str) -> str:
    """`1 device`, `3 devices`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def percent(share: float) -> str:
    """A share (0..1) in whole percent; what is not quite none or all does not look so."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{share * 100:.0f} %"


def names(devices: Sequence[str], room: int = WIDTH) -> str:
    """The first five names, fewer where they do not fit into `room`, and how many more: `a b c +13`. Never none."""
    shown = min(len(devices), MANY)
    while shown > 1 and len(_names(devices, shown)) > room:
        shown -= 1
    return _names(devices, shown)


def _names(devices: Sequence[str], shown: int) -> str:
    more = len(devices) - shown
    return " ".join((*devices[:shown], f"+{more}") if more else devices[:shown])


def wrapped(text: str, head: str = "", *, indent: int | None = None, most: int = 0) -> list[str]:
    """`text`, defused, after `head`, on lines of at most 80 columns; the others begin below it, or `indent` in.

    At most `most` lines where that is not 0, the last of them cut. A word that is longer than a line stays whole.
    """
    lines = textwrap.wrap(
        escape.line(text),
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * (len(head) if indent is None else indent),
        break_long_words=False,
        break_on_hyphens=False,
        max_lines=most or None,
        placeholder=" …",
    )
    return [escape.line(line) for line in lines or [head.rstrip()]]
