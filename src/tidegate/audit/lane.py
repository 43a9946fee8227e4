"""A lane of the branch: look at it, open a rollout in it, or take its lease."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.held import Held, Hold
from tidegate.audit.holder import Holder, is_gone, may_follow
from tidegate.audit.lease import TTL, Lease, Watch, last_sign, lease_of
from tidegate.audit.shelf import Past, Shelf
from tidegate.audit.spool import Spools
from tidegate.audit.store import Entry, Tip
from tidegate.audit.trouble import Busy, Queued
from tidegate.errors import LeaseLost, Refusal, UsageError
from tidegate.model.canonical import digest, instant
from tidegate.model.event import Event, LeaseTaken, Opened, Stepped
from tidegate.model.plan import Plan
from tidegate.model.plan_file import plan_bytes


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as of one tip. `quiet`: seconds for which we have seen no sign of its holder."""

    lane: str
    tip: Tip
    newest: Past | None
    lease: Lease
    quiet: float

    @property
    def occupied(self) -> bool:
        """Its newest rollout has not ended."""
        return self.newest is not None and self.newest.ended is None

    @property
    def pasts(self) -> tuple[Past, ...]:
        """All rollouts of the branch, of every lane, the oldest first: what `history` reads."""
        return self.tip.shelf.all()


class Lane:
    """`name` is project/strategy. `gone` tells of a holder's text whether it is certainly dead."""

    def __init__(self, branch: Branch, name: str, spools: Spools, *, gone: Callable[[str], bool] = is_gone) -> None:
        self.name = name
        self._branch = branch
        self._spools = spools
        self._gone = gone
        self._watch = Watch()
        self._owner = secrets.token_hex(8)
        self._count = 0

    async def look(self) -> LaneView:
        """The lane as it is now. Raises RemoteAway, NoBranch, Tampered."""
        tip = await self._branch.fetch()
        newest = tip.shelf.newest_of(self.name)
        return LaneView(self.name, tip, newest, self._lease(tip), self._quiet(tip))

    async def open(
        self,
        plan: Plan,
        opened: Opened,
        holder: Holder,
        before: Sequence[Event] = (),
        after: Callable[[int], Sequence[Event]] = lambda _seq: (),
    ) -> Held:
        """Open a rollout and take the lease, in one segment: `opened`, then `before`, then `lease_taken`, then what
        `after` gives for the segment's seq.

        `plan` and `file` of `opened` are filled in. Raises `Queued` where the lane is occupied or a device is in a
        rollout that has not ended, `Busy` where somebody else holds the lease.
        """
        opened = replace(opened, plan=plan.digest, file=digest(plan_bytes(plan)))
        taken: set[int] = set()

        def make(tip: Tip) -> Entry | None:
            newest = tip.shelf.newest_of(self.name)
            if newest is not None and _same(newest.opened, opened):
                return None
            self._guard_opening(tip.shelf, plan)
            self._guard_lease(tip, holder, now=False)
            rollout = f"{plan.strategy}-{tip.seq + 1}"
            events = (opened, *before, self._take(tip, taken), *after(tip.seq + 1))
            return self._entry(tip, rollout, holder, events, plan)

        tip = await self._branch.append(make)
        past = tip.shelf.newest_of(self.name)
        if past is None or not _same(past.opened, opened):
            raise LeaseLost("the rollout was opened, and others were already quicker", hint="See: tidegate status")
        return self._held(tip, past, holder, taken)

    async def acquire(self, rollout: str, holder: Holder, *, now: bool = False, proof: str = "") -> Held:
        """Take the lease of a rollout that has not ended.

        It must be free; or its holder this very process, an earlier attempt of this run, certainly gone, or without a
        sign for the TTL that this object has watched; or a person says `now`. Else `Busy`: wait `left` seconds and
        call again. Steps that the holder's spool on this machine still has go into the same segment.
        """
        taken: set[int] = set()
        buried: list[int] = []

        def make(tip: Tip) -> Entry | None:
            past = unended(tip.shelf, self.name, rollout)
            lease = self._lease(tip)
            if lease.held and self._is_ours(past, lease.token, taken):
                return None
            self._guard_lease(tip, holder, now=now)
            known = {(event.o, event.k) for event in past.events}
            left = self._spools.left(tip.audit, rollout, lease.token)
            steps = [event for event in left if isinstance(event, Stepped) and (event.o, event.k) not in known]
            buried.append(lease.token)
            return self._entry(tip, rollout, holder, (*steps, self._take(tip, taken, proof)), None)

        tip = await self._branch.append(make)
        held = self._held(tip, unended(tip.shelf, self.name, rollout), holder, taken)
        for token in buried:
            self._spools.bury(tip.audit, rollout, token)
        return held

    def _guard_opening(self, shelf: Shelf, plan: Plan) -> None:
        for past in shelf.all():
            if past.ended is not None:
                continue
            shared = sorted(past.plan.devices.keys() & plan.devices.keys())
            if past.lane != self.name and not shared:
                continue
            has = f"has {', '.join(shared[:5])}" if past.lane != self.name else f"is on in lane {self.name}"
            raise Queued(
                f"{past.rollout} has not ended and {has}: this one waits for its turn",
                hint=f"See: tidegate status, tidegate audit show {past.rollout}",
                rollout=past.rollout,
                lane=past.lane,
            )

    def _guard_lease(self, tip: Tip, holder: Holder, *, now: bool) -> None:
        lease = self._lease(tip)
        left = TTL - self._quiet(tip)
        may = may_follow(lease.holder, holder.text) or self._gone(lease.holder)
        if not lease.held or now or left <= 0 or may:
            return
        raise Busy(
            f"{lease.holder} holds the lease of {self.name}, last heard of at {lease.since}",
            hint=f"It counts as dead after {left:.0f} s more without a sign. If you know that it is: --now",
            holder=lease.holder,
            since=lease.since,
            left=left,
        )

    def _lease(self, tip: Tip) -> Lease:
        return lease_of(tip.shelf.heads.get(self.name))

    def _quiet(self, tip: Tip) -> float:
        sign = last_sign(tip.shelf.newest_of(self.name))
        return self._watch.see(self._lease(tip), sign, self._branch.clock.monotonic())

    def _take(self, tip: Tip, taken: set[int], proof: str = "") -> LeaseTaken:
        lease = self._lease(tip)
        self._count += 1
        taken.add(self._count)
        return LeaseTaken(
            at=self._branch.clock.now(),
            o=self._owner,
            k=self._count,
            token=tip.seq + 1,
            from_=lease.token,
            free=not lease.held,
            proof=proof,
        )

    def _entry(self, tip: Tip, rollout: str, holder: Holder, events: Sequence[Event], plan: Plan | None) -> Entry:
        at = instant(self._branch.clock.now())
        head = next_head(tip, self.name, rollout, held=True, token=tip.seq + 1, holder=holder.text, by=holder.by, at=at)
        return entry_of(tip, head, events, self._branch.clock, plan)

    def _is_ours(self, past: Past, token: int, taken: set[int]) -> bool:
        """Is this the token of a take-over that we wrote, in this call?"""
        for segment in past.backwards():
            for event in segment.events:
                if isinstance(event, LeaseTaken) and event.token == token:
                    return event.o == self._owner and event.k in taken
        return False

    def _held(self, tip: Tip, past: Past, holder: Holder, taken: set[int]) -> Held:
        lease = self._lease(tip)
        if not lease.held or not self._is_ours(past, lease.token, taken):
            raise LeaseLost(f"{lease.holder} took the lease of {self.name} from us", hint="See: tidegate status")
        spool = self._spools.create(tip.audit, past.rollout, lease.token)
        return Held(self._branch, Hold(self.name, past.rollout, lease.token, holder), spool, past)


def unended(shelf: Shelf, lane: str, rollout: str) -> Past:
    """The rollout of that lane. UsageError where there is none, Refusal where it has ended."""
    past = shelf.pasts.get(rollout)
    if past is None or past.lane != lane:
        raise UsageError(f"there is no rollout {rollout} in {lane}", hint="See: tidegate audit log")
    if past.ended is not None:
        raise Refusal(f"{rollout} has ended: {past.ended.result}", hint=f"See: tidegate audit show {rollout}")
    return past


def _same(one: Event, other: Event) -> bool:
    return (one.o, one.k) == (other.o, other.k)
