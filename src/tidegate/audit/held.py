"""The lease, held: the one way a runner writes what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.holder import Holder
from tidegate.audit.lease import RENEW, Lease, lease_of
from tidegate.audit.shelf import Past
from tidegate.audit.spool import Spool
from tidegate.audit.store import Entry, Tip
from tidegate.errors import LeaseLost
from tidegate.model.canonical import instant
from tidegate.model.event import FACTS, WORDS, Event
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment

Decide: TypeAlias = Callable[[Record, int], tuple[Sequence[Event], bool]]
"""Asked at every try: the record as of the tip with the facts in it, and the seq the segment will have; what is
decided, and whether the lease is released in the same segment."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Whose the lease is: `token` is the seq at which it was taken."""

    lane: str
    rollout: str
    token: int
    holder: Holder


class Held:
    """One rollout under our token.

    Every method raises LeaseLost where the lane has another token, RemoteAway where the branch cannot be reached:
    then what was sent may be written or not, and the next call finds out.
    """

    def __init__(self, branch: Branch, hold: Hold, spool: Spool, past: Past) -> None:
        self.spool = spool
        self._branch = branch
        self._hold = hold
        self._past = past
        self._given = len(past.pages)
        self._read = 0
        self._known: set[tuple[str, int]] = set()
        self._renewed = branch.clock.monotonic()

    @property
    def token(self) -> int:
        return self._hold.token

    @property
    def rollout(self) -> str:
        return self._hold.rollout

    @property
    def lane(self) -> str:
        return self._hold.lane

    def record(self) -> Record:
        """All that is known of the rollout."""
        return self._past.record

    async def append(self, facts: Sequence[Event], decide: Decide | None = None) -> Sequence[Event]:
        """Write facts and what `decide` decides, in one compare and swap.

        Facts that are on the branch already are dropped. A decision is used as it comes out at the try that is
        written. A decision of ours that landed late is given to the caller before anything new is decided. Returns
        the events that the caller has not been given yet, in the branch's order, its own among them. Where there is
        nothing to write nothing is written, but for a sign of life every few minutes.
        """
        return await self._write(facts, decide, sign=self._is_due())

    async def renew(self) -> Sequence[Event]:
        """A sign of life."""
        return await self._write((), None, sign=True)

    async def fetch(self) -> Sequence[Event]:
        """What is new, and whether we still hold the lease."""
        return self._take(await self._branch.fetch())

    async def release(self) -> Sequence[Event]:
        """Let the lease go: the last act."""
        return await self._write((), lambda _record, _seq: ((), True), sign=False)

    async def _write(self, facts: Sequence[Event], decide: Decide | None, *, sign: bool) -> Sequence[Event]:
        def make(tip: Tip) -> Entry | None:
            past, lease = self._ours(tip)
            fresh = [fact for fact in facts if (fact.o, fact.k) not in self._keys(past)]
            head = self._head(tip, held=True)
            decided: Sequence[Event] = ()
            release = False
            if decide is not None and not self._has_unseen_decision(past):
                decided, release = decide(_with(past.record, head, fresh), head.seq)
            if decided and not lease.held:
                raise LeaseLost(f"{self._hold.rollout} was released by us already", hint="See: tidegate status")
            if not (fresh or decided or sign) and (not release or not lease.held):
                return None
            head = self._head(tip, held=lease.held and not release)
            return entry_of(tip, head, (*fresh, *decided), self._branch.clock)

        tip = await self._branch.append(make)
        self._renewed = self._branch.clock.monotonic()
        return self._take(tip)

    def _take(self, tip: Tip) -> Sequence[Event]:
        past, lease = self._ours(tip)
        pages = past.pages[self._given :]
        events = tuple(event for segment in past.archive.segments(pages) for event in segment.events)
        self._past, self._given = past, len(past.pages)
        if not lease.held:
            self.spool.end()
        return events

    def _ours(self, tip: Tip) -> tuple[Past, Lease]:
        lease = lease_of(tip.shelf.heads.get(self._hold.lane))
        past = tip.shelf.pasts.get(self._hold.rollout)
        if lease.token != self._hold.token or past is None:
            tokens = f"token {lease.token}, ours was {self._hold.token}"
            raise LeaseLost(
                f"{lease.holder} took the lease of {self._hold.lane} ({tokens})",
                hint="Nothing more is done here; what was not written yet is in the spool. See: tidegate status",
            )
        return past, lease

    def _is_due(self) -> bool:
        return self._branch.clock.monotonic() - self._renewed >= RENEW

    def _keys(self, past: Past) -> set[tuple[str, int]]:
        for segment in past.archive.segments(past.pages[self._read :]):
            self._known.update((event.o, event.k) for event in segment.events)
        self._read = len(past.pages)
        return self._known

    def _has_unseen_decision(self, past: Past) -> bool:
        """Did a decision of ours land of which we were never told? Nobody else decides while the token is ours."""
        unseen = past.archive.segments(past.pages[self._given :])
        return any(not isinstance(event, (*FACTS, *WORDS)) for segment in unseen for event in segment.events)

    def _head(self, tip: Tip, *, held: bool) -> Head:
        hold, at = self._hold, instant(self._branch.clock.now())
        return next_head(
            tip,
            hold.lane,
            hold.rollout,
            held=held,
            token=hold.token,
            holder=hold.holder.text,
            by=hold.holder.by,
            at=at,
        )


def _with(record: Record, head: Head, facts: Sequence[Event]) -> Record:
    """The record as it will be once these facts are written."""
    if not facts:
        return record
    segment = Segment(head, tuple(facts), "", "")
    return Record(record.lane, record.rollout, record.plan, (*record.segments, segment))
