"""A simulated device to talk to, verb by verb, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from tidegate.clock import VirtualClock
from tidegate.drivers.simulated import Deed, SimulatedDriver, SimulatedFleet
from tidegate.drivers.simulation import SimulatedDevice
from tidegate.model.answer import Answer, Seen
from tidegate.model.artifact import Artifact, Mark
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Load, Stage, Verb

OLD, NEW, NEWER = "sha256:old", "sha256:new", "sha256:newer"
FIRST = "shop.default-1.1"


def load(now: str = OLD, to: str = NEW, **fields: Any) -> Load:
    return Load(**{"component": "nginx", "now": now, "to": to, "content": Artifact("files", ()), **fields})


def no_secrets(mark: Mark) -> bytes:
    raise AssertionError(f"nobody was to ask for {mark.secret}")


class Talk:
    """One runner and one device, which runs OLD by record. Verbs are of token 1 and the first transaction."""

    def __init__(self, clock: VirtualClock, *faults: str, latency: float = 0.0, found: bool = False) -> None:
        self.clock = clock
        self.log: list[Deed] = []
        self.fleet = SimulatedFleet(clock, {} if found else {"nginx": OLD}, self.log)
        self.driver = SimulatedDriver(base=Path(), clock=clock, fleet=self.fleet)
        self.device = Device("web-01", "web-01", "simulated", options={"faults": faults, "latency": latency})

    @property
    def truth(self) -> SimulatedDevice:
        self.fleet.meet(self.device)
        return self.fleet.device("web-01")

    async def ask(
        self, *verbs: Verb, token: int = 1, tx: str = FIRST, deadline: float = 60.0, scope: str = "audit"
    ) -> Sequence[Answer]:
        address = Address(scope, token, tx)
        return await self.driver.ask(self.device, address, verbs, fill=no_secrets, deadline=deadline)

    async def say(self, verb: Verb, **how: Any) -> Answer:
        (answer,) = await self.ask(verb, **how)
        return answer

    async def see(self, **how: Any) -> Seen:
        seen = await self.say(Inspect(("nginx",)), **how)
        assert isinstance(seen, Seen), seen
        return seen

    async def runs(self) -> str:
        return (await self.see()).runs["nginx"]

    async def armed(self, deadline: int = 300, tx: str = FIRST, **loads: Any) -> Answer:
        """Stage and apply."""
        return (await self.ask(Stage((load(**loads),)), Apply(deadline), tx=tx))[-1]

    async def confirmed(self, tx: str = FIRST, **loads: Any) -> Answer:
        return (await self.ask(Stage((load(**loads),)), Apply(300), Confirm(), tx=tx))[-1]


def talk(
    script: Callable[[Talk], Coroutine[Any, Any, None]], *faults: str, latency: float = 0.0, found: bool = False
) -> None:
    """Play a script with one device."""
    asyncio.run(script(Talk(VirtualClock(), *faults, latency=latency, found=found)))
