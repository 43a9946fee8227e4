"""A lane's journal in memory: lease and record in one compare-and-swap, and all that can happen to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tidegate.clock import Clock
from tidegate.errors import LeaseLost, RemoteAway
from tidegate.model.event import FACTS, WORDS, Event, LeaseTaken, Opened, Stepped
from tidegate.model.plan import Plan
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment

Decide = Callable[[Record, int], tuple[Sequence[Event], bool]]


def _nothing(_event: Event) -> None:
    """Nobody looks."""


class Spool:
    """What one runner has written down locally. It outlives its writer, on its own machine."""

    def __init__(self, before: Callable[[Event], None] = _nothing, after: Callable[[Event], None] = _nothing) -> None:
        self.events: list[Event] = []
        self._before = before
        self._after = after

    def write(self, events: Sequence[Event]) -> None:
        for event in events:
            self._before(event)
            self.events.append(event)
            self._after(event)


@dataclass
class Remote:
    """The branch. Segments only grow; `away` says whether it answers, `losing` how many answers get
    lost, `refused` how often somebody asked in vain; `spools` by token are on the runners' disks."""

    plan: Plan
    clock: Clock
    segments: list[Segment] = field(default_factory=list)
    spools: dict[int, Spool] = field(default_factory=dict)
    seq: int = 0
    away: bool = False
    losing: int = 0
    refused: int = 0
    _count: int = 0

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for segment in self.segments for event in segment.events)

    def record(self) -> Record:
        return Record("shop/default", "default-1", self.plan, tuple(self.segments))

    def open(self) -> None:
        """The rollout begins; nobody holds its lease."""
        self._count += 1
        opened = Opened(
            at=self.clock.now(), o="plan", k=self._count, kind="deploy", revision="r", base="", plan=self.plan.digest,
            file="", asked={"by": "ada"},
        )  # fmt: skip
        self.add([opened], token=0, held=False)

    def add(self, events: Sequence[Event], *, token: int, held: bool) -> None:
        self.seq += 1
        head = Head(
            seq=self.seq, prev="", lane="shop/default", rollout="default-1", n=len(self.segments) + 1, held=held,
            token=token, holder=f"runner-{token}", by="ada", tool="0", at="",
        )  # fmt: skip
        self.segments.append(Segment(head, tuple(events), "", ""))

    def say(self, word: Callable[..., Event], **fields: object) -> None:
        """A person writes a word, without the lease."""
        self._count += 1
        head = self.segments[-1].head
        event = word(at=self.clock.now(), o="person", k=self._count, **fields)
        self.add([event], token=head.token, held=head.held)

    def acquire(self, *, same_machine: bool, cut: int = 0) -> Lease:
        """Take the lease, whoever has it. The steps in a predecessor's spool go first, where it can be read: all but
        the last `cut` of it."""
        head = self.segments[-1].head
        left = self.spools.pop(head.token, Spool()) if same_machine else Spool()
        known = {(event.o, event.k) for event in self.events}
        steps = [event for event in left.events if isinstance(event, Stepped) and (event.o, event.k) not in known]
        steps = steps[: len(steps) - cut] if cut else steps
        self._count += 1
        taken = LeaseTaken(
            at=self.clock.now(), o="lane", k=self._count, token=self.seq + 1, from_=head.token, free=not head.held
        )
        self.add([*steps, taken], token=self.seq + 1, held=True)
        return Lease(self, self.seq)


class Lease:
    """One runner's hold on the lane: the engine's Journal."""

    def __init__(self, remote: Remote, token: int) -> None:
        self.token = token
        self._remote = remote
        self._given = len(remote.segments)

    async def append(self, facts: Sequence[Event], decide: Decide | None = None) -> Sequence[Event]:
        remote = self._remote
        if remote.away:
            remote.refused += 1
            raise RemoteAway("the remote does not answer")
        head = remote.segments[-1].head
        if head.token != self.token:
            raise LeaseLost("another runner holds the lane")
        known = {(event.o, event.k) for event in remote.events}
        fresh = [fact for fact in facts if (fact.o, fact.k) not in known]
        decided: Sequence[Event] = ()
        release = False
        if decide is not None and not self._has_unseen_decision():
            decided, release = decide(self._with(fresh), remote.seq + 1)
        if fresh or decided or release:
            remote.add([*fresh, *decided], token=self.token, held=not release)
            if remote.losing:
                remote.losing -= 1
                raise RemoteAway("it was written, and the answer was lost")
        new = remote.segments[self._given :]
        self._given = len(remote.segments)
        return [event for segment in new for event in segment.events]

    def _has_unseen_decision(self) -> bool:
        """Did one of ours land without our seeing it? It is given to us before anything new is decided."""
        unseen = self._remote.segments[self._given :]
        return any(not isinstance(event, (*FACTS, *WORDS)) for segment in unseen for event in segment.events)

    def _with(self, facts: Sequence[Event]) -> Record:
        record = self._remote.record()
        head = record.segments[-1].head
        return Record(record.lane, record.rollout, record.plan, (*record.segments, Segment(head, tuple(facts), "", "")))
