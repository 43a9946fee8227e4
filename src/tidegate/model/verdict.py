"""What a gate says, with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ENVIRONMENT = "environment"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A wave's verdict. `row` is the row of analysis.md; counts are devices; `bound` a share as decimal text."""

    verdict: Verdict
    row: int
    reason: str
    n: int
    unreached: int
    failed: int
    succeeded: int
    undecided: int
    allowed: int
    llr: str = "0"
    bound: str = ""
    devices: tuple[str, ...] = ()
    text: str = ""
