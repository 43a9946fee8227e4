"""One line of `make bench`."""

from __future__ import annotations

from typing import TypedDict


class Row(TypedDict):
    """What was measured, in which unit, for us and a peer; the bar that was promised, and whether it holds."""

    name: str
    unit: str
    ours: float | None
    peer: float | None
    ratio: float | None
    bar: float | None
    holds: bool
