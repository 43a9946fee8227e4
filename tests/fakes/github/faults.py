"""What goes wrong on request: an answer that never comes, comes too late, or is an error of GitHub's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """`*_after`: what was asked for was done before."""

    BAD_GATEWAY = "bad_gateway"
    BAD_GATEWAY_AFTER = "bad_gateway_after"
    DROP = "drop"
    DROP_AFTER = "drop_after"
    SLOW = "slow"
    SECONDARY = "secondary"
    SECONDARY_SILENT = "secondary_silent"
    TOO_MANY = "too_many"
    GARBAGE = "garbage"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Fault:
    """Befalls the next request of `method` (any where empty) whose path has `path` in it.

    `seconds`: how slow, or what `retry-after` says. `to`: where a redirect leads.
    """

    kind: Kind
    method: str = ""
    path: str = ""
    seconds: float = 0.0
    to: str = ""


@dataclass
class Faults:
    """A queue: each befalls one request."""

    waiting: list[Fault] = field(default_factory=list)

    def add(
        self, kind: str, method: str = "", path: str = "", seconds: float = 0.0, to: str = "", times: int = 1
    ) -> None:
        self.waiting += [Fault(Kind(kind), method, path, seconds, to)] * times

    def take(self, method: str, path: str) -> Fault | None:
        for fault in self.waiting:
            if fault.method in ("", method) and fault.path in path:
                self.waiting.remove(fault)
                return fault
        return None
