"""Beds: one device each, to drive through any driver, with the same words for what may go wrong on it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from tidegate.clock import Clock, SystemClock, VirtualClock
from tidegate.drivers.base import Driver
from tidegate.drivers.local import LocalDriver
from tidegate.drivers.simulated import SimulatedDriver, SimulatedFleet
from tidegate.drivers.simulation import STRANGE
from tidegate.model.answer import Answer, At, Ended, Placed, Seen, Staged
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Load, Stage, Verb

CONFIGURATION = "/etc/shop/shop.conf"


def artifact(text: str, *more: Entry, target: str = CONFIGURATION) -> Artifact:
    return Artifact("files", (Entry(target, "0644", "root", "root", (text.encode(),)), *more))


OLD, NEW, NEWER = artifact("old"), artifact("new"), artifact("newer")
FIRST, SECOND, THIRD = "shop.default-1.1", "shop.default-2.1", "shop.default-3.1"


def no_secrets(mark: Mark) -> bytes:
    raise AssertionError(f"nobody was to ask for {mark.secret}")


class Bed(ABC):
    """A device that somebody else configured as `OLD` by hand, and its driver."""

    clock: Clock
    driver: Driver
    device: Device
    patience = 20.0
    """Seconds to wait for what happens by itself."""
    glance = 0.5
    hurry = 1.0
    """Seconds within which a request has surely reached it, and has begun."""
    at_once = 1
    """Beds that may be played with at the same time; two virtual clocks in one loop would wait for each other."""

    async def ask(
        self, *verbs: Verb, tx: str = FIRST, token: int = 1, scope: str = "audit", deadline: float = 60.0
    ) -> Sequence[Answer]:
        return await self.driver.ask(self.device, Address(scope, token, tx), verbs, fill=no_secrets, deadline=deadline)

    async def say(self, verb: Verb, **how: Any) -> Answer:
        (answer,) = await self.ask(verb, **how)
        return answer

    async def see(self, **how: Any) -> Seen:
        seen = await self.say(Inspect(("shop",)), **how)
        assert isinstance(seen, Seen), seen
        return seen

    async def runs(self, **how: Any) -> str:
        return (await self.see(**how)).runs["shop"]

    async def arm(self, content: Artifact = NEW, *, deadline: int = 300, tx: str = FIRST, **loads: Any) -> None:
        said = await self.ask(self.stage(content, **loads), Apply(deadline), tx=tx)
        assert [type(answer) for answer in said] == [Staged, Ended], said
        assert said[-1] == Ended(0), said

    async def settle_on(self, content: Artifact, tx: str, **loads: Any) -> None:
        await self.arm(content, tx=tx, **loads)
        confirmed = await self.say(Confirm(), tx=tx)
        assert isinstance(confirmed, Placed), confirmed

    def stage(self, content: Artifact = NEW, *, now: str = "none", **more: Any) -> Stage:
        return Stage((self.load(content, now=now, **more),))

    def load(self, content: Artifact, /, **more: Any) -> Load:
        return Load(**{"component": "shop", "now": "none", "to": content.digest, "content": content, **more})

    async def until(self, come: Callable[[], Awaitable[bool]]) -> None:
        """Looks again and again, until it has come."""
        end = self.clock.monotonic() + self.patience
        while not await come():
            assert self.clock.monotonic() < end, f"not within {self.patience} s"
            await self.clock.sleep(self.glance)

    async def until_at(self, at: At, tx: str = FIRST) -> None:
        async def come() -> bool:
            seen = await self.see(tx=tx)
            return tx in seen.transactions and seen.transactions[tx].at is at

        await self.until(come)

    # What may go wrong, and the truth.

    @abstractmethod
    def lies(self) -> str:
        """What lies on its disk: the text of an artifact."""

    @abstractmethod
    def serves(self) -> str:
        """What runs there says itself."""

    @abstractmethod
    def meddle(self) -> None:
        """Somebody else changes its files."""

    @abstractmethod
    def restore_by_hand(self, content: Artifact) -> None:
        """A person puts its files right."""

    @abstractmethod
    def refuse_validation(self) -> None:
        """From now on its own validation says no."""

    @abstractmethod
    def fail_activation(self) -> None:
        """From now on, until `heal`. On the way back it lets the revert fail."""

    @abstractmethod
    def heal(self) -> None:
        """What was wrong is right again."""

    @abstractmethod
    def hold_activation(self) -> None:
        """It takes its time, until `let_go`."""

    @abstractmethod
    def let_go(self) -> None:
        """The activation that was held goes on."""


class SimulatedBed(Bed):
    patience = 600.0

    def __init__(self, _folder: Path) -> None:
        self.clock = VirtualClock()
        self.fleet = SimulatedFleet(self.clock)
        self.driver = SimulatedDriver(base=Path(), clock=self.clock, fleet=self.fleet)
        self.device = Device("web-01", "web-01", "simulated")
        self._texts = {content.digest: text for text, content in (("old", OLD), ("new", NEW), ("newer", NEWER))}
        self._truth = self.fleet.meet(self.device)
        self._truth.disk["shop"] = "old"

    def lies(self) -> str:
        lies = self.fleet.device("web-01").disk["shop"] or "nothing"
        return self._texts.get(lies, lies)

    serves = lies

    def meddle(self) -> None:
        self._truth.meddle("shop")

    def restore_by_hand(self, content: Artifact) -> None:
        self._truth.meddle("shop", content.digest)

    def refuse_validation(self) -> None:
        self._truth.troubles.add("validate-fails")

    def fail_activation(self) -> None:
        self._truth.troubles.add("activate-fails")
        self._truth.troubles.add("revert-fails")

    def heal(self) -> None:
        self._truth.troubles.heal("activate-fails")
        self._truth.troubles.heal("revert-fails")

    def hold_activation(self) -> None:
        self._truth.troubles.add("slow:30s")

    def let_go(self) -> None:
        self._truth.troubles.heal("slow")


STRANGE_TEXT = STRANGE

# A shop that loads its configuration when it is told to, and says what it has loaded. Whoever asks may die over it.
_SHOP = """
exec 3<>run/orders
while read -r order number <&3; do
    [ "$order" != reload ] || loaded=$(cat etc/shop/shop.conf 2>/dev/null) || loaded=nothing
    printf '%s' "$loaded" >run/said.new && mv run/said.new "run/said.$number"
done
"""
_ACTIVATE = """
cd "$TIDEGATE_ROOT/run"
while [ -e held ]; do sleep 0.02; done
[ ! -e failing ]
echo "reload $$" >orders
while [ ! -e said.$$ ]; do sleep 0.01; done
"""
_VALIDATE = '[ ! -e "$TIDEGATE_ROOT/run/invalid" ] && grep -q . "$TIDEGATE_STAGED/etc/shop/shop.conf"'


class LocalBed(Bed):
    """A folder with a shop that runs in it: a real process, which is asked over a pipe."""

    glance = 0.02
    at_once = 12

    def __init__(self, folder: Path, *, shell: Sequence[str] = ("/bin/sh",), program: str | None = None) -> None:
        self.clock = SystemClock()
        self.root = folder / "web-01"
        self.run = self.root / "run"
        self.run.mkdir(parents=True)
        self.configuration.parent.mkdir(parents=True)
        self.configuration.write_text("old")
        os.mkfifo(self.run / "orders")
        self.device = Device("web-01", "web-01", "local", options={"root": "web-01"})
        self.driver = LocalDriver(base=folder, clock=self.clock, shell=shell, program=program)
        self._shop = subprocess.Popen(["/bin/sh", "-c", _SHOP], cwd=self.root, stdin=subprocess.DEVNULL)
        self._asked = 0
        self._tell("reload")

    @property
    def configuration(self) -> Path:
        return self.root / CONFIGURATION.lstrip("/")

    def load(self, content: Artifact, /, **more: Any) -> Load:
        return super().load(content, **{"validate": (_VALIDATE,), "activate": (_ACTIVATE,), **more})

    def _tell(self, order: str) -> str:
        self._asked += 1
        answer = self.run / f"said.by-test-{self._asked}"
        (self.run / "orders").write_text(f"{order} by-test-{self._asked}\n")
        while not answer.exists():
            time.sleep(0.002)
        return answer.read_text()

    def close(self) -> None:
        self._shop.kill()
        self._shop.wait()

    def lies(self) -> str:
        return self.configuration.read_text() if self.configuration.exists() else "nothing"

    def serves(self) -> str:
        return self._tell("say")

    def meddle(self) -> None:
        self.configuration.write_text(STRANGE_TEXT)

    def restore_by_hand(self, content: Artifact) -> None:
        (part,) = content.entries[0].parts
        assert isinstance(part, bytes)
        self.configuration.write_bytes(part)

    def refuse_validation(self) -> None:
        (self.run / "invalid").touch()

    def fail_activation(self) -> None:
        (self.run / "failing").touch()

    def heal(self) -> None:
        (self.run / "failing").unlink()

    def hold_activation(self) -> None:
        (self.run / "held").touch()

    def let_go(self) -> None:
        (self.run / "held").unlink()


def _ssh_bed(folder: Path) -> Bed:
    from sshing import SshBed

    return SshBed(folder)


FACTORIES: dict[str, Callable[[Path], Bed]] = {"simulated": SimulatedBed, "local": LocalBed, "ssh": _ssh_bed}


def play(bed: Bed, script: Callable[[Bed], Coroutine[Any, Any, None]]) -> None:
    """A script with one device."""

    async def whole() -> None:
        try:
            await script(bed)
        finally:
            await bed.driver.close()

    asyncio.run(whole())
