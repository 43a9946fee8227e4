"""Values as users write them: amounts, durations, selectors, conditions."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_AMOUNT = re.compile(r"(\d+)(%?)", re.ASCII)
_CONDITION = re.compile(r"\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")
_COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def parse_duration(text: str) -> int:
    """Seconds of `90s`, `15m`, `1h30m`, `7d`; ValueError for anything else, a bare number too."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise ValueError(f"`{text}` is no duration: write 90s, 15m, 1h30m or 7d")
    days, hours, minutes, seconds = (int(group or 0) for group in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of devices (`3`) or a share of them in percent (`3%`)."""

    number: int
    is_share: bool = False

    @classmethod
    def parse(cls, text: str) -> Amount:
        found = _AMOUNT.fullmatch(text)
        if found is None or (found[2] and int(found[1]) > 100):
            raise ValueError(f"`{text}` is no amount: write a number of devices (3) or a share of them (3%)")
        return cls(int(found[1]), bool(found[2]))

    def up(self, total: int) -> int:
        """Devices out of `total`, rounded up, at least 1 of any share: how `up_to` counts."""
        return min(total, max(1, -(-self.number * total // 100)) if self.is_share else self.number)

    def down(self, total: int) -> int:
        """Devices out of `total`, rounded down: how every `max_*` counts."""
        return min(total, self.number * total // 100 if self.is_share else self.number)

    def __str__(self) -> str:
        return f"{self.number}{'%' if self.is_share else ''}"


@dataclass(frozen=True, slots=True)
class Condition:
    """`> 0.05`: holds for a number, or does not."""

    sign: Literal[">", ">=", "<", "<="]
    number: float

    @classmethod
    def parse(cls, text: str) -> Condition:
        found = _CONDITION.fullmatch(text)
        if found is None:
            raise ValueError(f"`{text}` is no condition: write for example `> 0.05`")
        return cls(found[1], float(found[2]))  # type: ignore[arg-type]

    def holds(self, number: float) -> bool:
        return bool(_COMPARE[self.sign](number, self.number))


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a selector. `negated` with values is `!=`/`notin`; without values it is `!key`."""

    key: str
    values: tuple[str, ...] = ()
    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Do these labels (with `name`, `driver`, `file` among them) fit? A missing key fits every negated term."""
        value = labels.get(self.key)
        if value is None or not self.values:
            return (value is None) is self.negated
        return any(fnmatch.fnmatchcase(value, pattern) for pattern in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Selector:
    """Any of several conjunctions of terms; an empty conjunction is `all`."""

    any_of: tuple[tuple[Term, ...], ...]
    text: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        return any(all(term.matches(labels) for term in terms) for terms in self.any_of)

    def __str__(self) -> str:
        return self.text


Labels: TypeAlias = Mapping[str, str]
