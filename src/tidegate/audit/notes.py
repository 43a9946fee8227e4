"""What a person did about a rollout, written beside its record, also after its end."""

from __future__ import annotations

from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.lease import lease_of
from tidegate.audit.store import Entry, Tip
from tidegate.model.canonical import instant
from tidegate.model.event import Released


async def note(branch: Branch, lane: str, rollout: str, event: Released) -> None:
    """Write `event` once, without the lease; the head repeats it. KeyError where there is no such rollout."""

    def make(tip: Tip) -> Entry | None:
        past = tip.shelf.pasts[rollout]
        if any((other.o, other.k) == (event.o, event.k) for other in past.events):
            return None
        lease = lease_of(tip.shelf.heads.get(lane))
        at = instant(branch.clock.now())
        head = next_head(
            tip, lane, rollout, held=lease.held, token=lease.token, holder=lease.holder, by=event.by, at=at
        )
        return entry_of(tip, head, [event], branch.clock)

    await branch.append(make)
