"""What spools on this machine still hold and the branch does not have: written for whoever died before writing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.lease import lease_of
from tidegate.audit.shelf import Past
from tidegate.audit.spool import FileSpools, Left
from tidegate.audit.store import Entry, Tip
from tidegate.model.canonical import canonical, instant
from tidegate.model.event import FACTS, Event, Late
from tidegate.model.event_file import event_json


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one spool: so many events were written, as facts or (`late`) only to be seen."""

    rollout: str
    token: int
    events: int
    late: bool


async def settle(branch: Branch, spools: FileSpools, by: str) -> Sequence[Settled]:
    """Write what is owed. While the token of a spool is still its lane's, its facts go into the record as its holder
    would have written them, who may do so too: nothing is written twice. After a take-over they only are shown."""
    tip = await branch.fetch()
    return [await _settle(branch, spools, tip.audit, left, by) for left in spools.all(tip.audit)]


async def _settle(branch: Branch, spools: FileSpools, audit: str, left: Left, by: str) -> Settled:
    owner, at = secrets.token_hex(6), branch.clock.now()
    facts = [event for event in spools.left(audit, left.rollout, left.token) if isinstance(event, FACTS)]
    written = 0

    def make(tip: Tip) -> Entry | None:
        nonlocal written
        past = tip.shelf.pasts.get(left.rollout)
        fresh = _fresh(past, facts, left.token)
        if past is None or not fresh:
            return None
        written = len(fresh)
        events: Sequence[Event] = fresh
        if _is_late(tip, left):
            lines = tuple(canonical(event_json(event)).decode() for event in fresh)
            events = [Late(at=at, o=owner, k=1, token=left.token, lines=lines)]
        lease, now = lease_of(tip.shelf.heads[past.lane]), instant(branch.clock.now())
        head = next_head(
            tip, past.lane, past.rollout, held=lease.held, token=lease.token, holder=lease.holder, by=by, at=now
        )
        return entry_of(tip, head, events, branch.clock)

    late = _is_late(await branch.append(make), left)
    if late:
        spools.bury(audit, left.rollout, left.token)
    return Settled(left.rollout, left.token, written, late)


def _is_late(tip: Tip, left: Left) -> bool:
    """Is the rollout over, or its lease another's?"""
    past = tip.shelf.pasts.get(left.rollout)
    return past is None or past.ended is not None or tip.shelf.heads[past.lane].token != left.token


def _fresh(past: Past | None, facts: Sequence[Event], token: int) -> Sequence[Event]:
    """Those that the record does not have, neither as facts nor as what came too late."""
    events = past.events if past is not None else ()
    if any(isinstance(event, Late) and event.token == token for event in events):
        return ()
    known = {(event.o, event.k) for event in events}
    return [fact for fact in facts if (fact.o, fact.k) not in known]
