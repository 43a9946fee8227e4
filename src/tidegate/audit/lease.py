"""Who may act in a lane: read from the newest head, and judged by our own clock."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.audit.shelf import Past
from tidegate.model.event import WORDS, Late
from tidegate.model.segment import Head, Segment

TTL = 600.0
"""Seconds without a segment of its holder after which it may be taken. Tokens make it safe, this makes it polite."""
RENEW = 240.0
"""Seconds after which a holder writes a segment even if nothing happened."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` is 0 where nobody ever held it; `since` is the time in the newest head."""

    token: int
    held: bool
    holder: str
    since: str


NOBODYS = Lease(0, held=False, holder="", since="")


def lease_of(head: Head | None) -> Lease:
    """The lease that the newest head of a lane says; nobody's where the lane has none."""
    return NOBODYS if head is None else Lease(head.token, head.held, head.holder, head.at)


def is_persons(segment: Segment) -> bool:
    """Was it written without the lease: people's words, or a spool that came too late?"""
    return bool(segment.events) and all(isinstance(event, (*WORDS, Late)) for event in segment.events)


def last_sign(past: Past | None) -> int:
    """The seq of the newest segment that a holder wrote, 0 where there is none."""
    segments = past.backwards() if past is not None else iter(())
    return next((segment.head.seq for segment in segments if not is_persons(segment)), 0)


class Watch:
    """How long, by our own clock, a lane's holder has given no sign. Starts with the first look."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None
        self._since = 0.0

    def see(self, lease: Lease, sign: int, now: float) -> float:
        """Seconds for which this very lease and sign have been seen; `now` is monotonic."""
        if self._seen != (lease.token, sign):
            self._seen, self._since = (lease.token, sign), now
        return now - self._since
