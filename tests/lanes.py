"""One audit branch in memory, and machines with runners and people: the vocabulary of leases."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from memory_store import MemoryRemote, MemoryStore
from recording import ADA, beginning, opened
from telling import a_plan
from tidegate.audit.branch import Branch
from tidegate.audit.held import Held
from tidegate.audit.holder import Holder
from tidegate.audit.lane import Lane
from tidegate.audit.spool import FileSpools
from tidegate.audit.store import Tip
from tidegate.clock import VirtualClock
from tidegate.model.event import Event
from tidegate.model.plan import Plan

PLAN = a_plan("all: a b")
LANE = "shop/default"
Answer = TypeVar("Answer")


class Bay:
    """The branch, and what stands around it. Everything happens on one virtual clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock()
        self.remote = MemoryRemote()
        self.remote.write(beginning(self.clock))
        self.dead: set[str] = set()
        self._folder = folder

    def run(self, doing: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run(doing)

    def branch(self) -> Branch:
        """As one process has it."""
        return Branch(MemoryStore(self.remote), self.clock, chance=lambda: 0.5)

    def lane(self, name: str = LANE, machine: str = "one") -> Lane:
        """As one process on that machine has it."""
        return Lane(self.branch(), name, self.spools(machine), gone=lambda holder: holder in self.dead)

    def spools(self, machine: str = "one") -> FileSpools:
        return FileSpools(self._folder / machine)

    async def opened(self, plan: Plan = PLAN, holder: Holder = ADA, machine: str = "one") -> Held:
        """A rollout under its opener's lease."""
        return await self.lane(f"{plan.project}/{plan.strategy}", machine).open(plan, opened(self.clock, plan), holder)

    @property
    def tip(self) -> Tip:
        return self.remote.tips[-1]

    @property
    def events(self) -> list[Event]:
        """Every event of the branch, by rollouts, the oldest first."""
        return [event for past in self.tip.shelf.all() for event in past.events]

    @property
    def words(self) -> list[str]:
        """What they are."""
        return [type(event).__name__ for event in self.events]
