"""The audit branch: read it, and append to it by compare and swap until it is written."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from tidegate import __version__
from tidegate.audit.segment import AUDIT, PLAN, folder_of, segment_bytes
from tidegate.audit.store import Entry, Store, Tip, Unwritten
from tidegate.audit.trouble import NoBranch
from tidegate.clock import Clock
from tidegate.errors import AuditError
from tidegate.model.canonical import canonical, instant
from tidegate.model.event import Event
from tidegate.model.plan import Plan
from tidegate.model.plan_file import plan_bytes
from tidegate.model.segment import Head

TRIES = 20
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 2.0


class Branch:
    """One audit branch. May be used by several tasks; each call is whole before the next begins."""

    def __init__(
        self, store: Store, clock: Clock, *, chance: Callable[[], float] = secrets.SystemRandom().random
    ) -> None:
        self.clock = clock
        self.name = store.name
        self._store = store
        self._chance = chance
        self._turn = asyncio.Lock()

    async def fetch(self) -> Tip:
        """The branch as it is now. Raises RemoteAway, NoBranch, Tampered."""
        async with self._turn:
            return await self._store.fetch()

    async def append(self, make: Callable[[Tip], Entry | None]) -> Tip:
        """Write what `make` gives for the tip, and make it anew for every tip that others were quicker on.

        `make` may raise to give up, or return None: there is nothing (more) to write. Whoever made an entry that was
        not written must look for it on the next tip: it may have landed late.
        """
        async with self._turn:
            words = ""
            for count in range(TRIES):
                tip = await self._store.fetch()
                entry = make(tip)
                if entry is None:
                    return tip
                added = await self._store.add(tip, entry)
                if isinstance(added, Tip):
                    return added
                words = added.words or words
                longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2**count)
                await self.clock.sleep(longest * self._chance())
        raise AuditError(
            f"could not write to {self.name} in {TRIES} tries: {words or 'others were quicker each time'}",
            hint="Nothing was written. Try again; if it stays so, see whether you may push to it.",
        )

    async def begin(self) -> tuple[Tip, bool]:
        """The branch, made if it is not there; and whether it was made now."""
        at, ours = self.clock.now(), secrets.token_hex(16)
        content = canonical({"v": 1, "id": ours, "made": instant(at)}) + b"\n"
        async with self._turn:
            try:
                return await self._store.fetch(), False
            except NoBranch:
                made = await self._store.create(Entry({AUDIT: content}, "tidegate: audit branch", at))
        if isinstance(made, Unwritten):
            raise AuditError(f"could not make {self.name}: {made.words}", hint="See whether you may push to it.")
        return made, made.audit == ours


def next_head(tip: Tip, lane: str, rollout: str, *, held: bool, token: int, holder: str, by: str, at: str) -> Head:
    """The head of the segment that follows `tip`."""
    past = tip.shelf.pasts.get(rollout)
    return Head(
        seq=tip.seq + 1,
        prev=tip.digest,
        lane=lane,
        rollout=rollout,
        n=len(past.pages) + 1 if past is not None else 1,
        held=held,
        token=token,
        holder=holder,
        by=by,
        tool=__version__,
        at=at,
    )


def entry_of(tip: Tip, head: Head, events: Sequence[Event], at: Clock, plan: Plan | None = None) -> Entry:
    """One more segment; with `plan` the first one of its rollout, and the plan beside it."""
    now = at.now()
    past = tip.shelf.pasts.get(head.rollout)
    folder = past.folder if past is not None else folder_of(head.lane, head.rollout, now)
    files = {f"{folder}/{head.n}.jsonl": segment_bytes(head, events)}
    if plan is not None:
        files[f"{folder}/{PLAN}"] = plan_bytes(plan)
    return Entry(files, f"{head.seq}: {head.rollout}/{head.n} by {head.by}", now)
