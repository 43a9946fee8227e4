"""The vocabulary of the laws: waves as words, faults by name, a simulated fleet, virtual time, runners that die.

    end = roll("canary", "a b", "c", breaks=["b"])
    assert end.states["c"] is SKIPPED
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from spec.journal import Lease, Remote, Spool
from tidegate.clock import VirtualClock
from tidegate.drivers.simulated import Deed, SimulatedDriver, SimulatedFleet
from tidegate.engine.engine import Engine
from tidegate.engine.job import Ages, Job
from tidegate.errors import LeaseLost
from tidegate.model.artifact import Artifact
from tidegate.model.event import Answered, Approved, Event, Stepped, StopAsked
from tidegate.model.plan import Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave
from tidegate.model.project import Device, Probe
from tidegate.model.state import GOES_ON_BY_ITSELF, HeldKind, Result, State
from tidegate.model.verb import Load
from tidegate.probes.command import CommandProber
from tidegate.rollout.decide import Leave
from tidegate.rollout.progress import Progress

OLD, NEW = "sha256:old", "sha256:new"
SERVES = Probe("serves", "command", "look", where="device", interval=10, successes=1, failures=2)
FAMILY = "shop.default-1."
DAY = 24 * 3600.0
_LEGS = 60


@dataclass(frozen=True, slots=True)
class At:
    """The runner is killed so many seconds after it took the lease."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Spooling:
    """The runner is killed while it writes its nth event down: before it is kept, or right after."""

    nth: int
    kept: bool


Kill = At | Spooling


class Killed(BaseException):
    """This runner is no more: nothing it does has an effect."""


@dataclass(frozen=True)
class Case:
    """What is played. `breaks` are devices whose probes fail with the change; `faults` says it by name.

    `kills` are one for each runner, in order; the last runner lives. `away` seconds pass before the next takes over,
    on the same machine (it can read the spool) or not. `hold`: what a person answers to a hold (None: nobody does).
    `later` are things that happen so many seconds after the beginning.
    """

    waves: tuple[str, ...]
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allowed: int = 0
    unreachable: int = 0
    parallel: int = 32
    soak: int = 60
    confirm: str = "soaked"
    on_failure: str = "wave"
    sensitivity: str = "off"
    approvals: int = 0
    runs: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    latency: float = 0.1
    timeout: int = 60
    probes: tuple[Probe, ...] = (SERVES,)
    kills: tuple[Kill, ...] = ()
    away: float = 30
    same_machine: bool = True
    hold: str | None = "end"
    later: tuple[tuple[float, Callable[[Play], None]], ...] = ()
    over_drift: str = ""

    @property
    def devices(self) -> tuple[str, ...]:
        return tuple(name for wave in self.waves for name in wave.split())

    def plan(self) -> Plan:
        names = [f"wave-{number}" for number in range(1, len(self.waves) + 1)]
        return Plan(
            project="shop",
            strategy="default",
            kind=Kind.DEPLOY,
            components={"nginx": PlannedComponent("sha256:change")},
            devices={name: PlannedDevice("sha256:reach", {"nginx": NEW}, self.timeout) for name in self.devices},
            waves=tuple(
                PlannedWave(
                    name=name,
                    leg="",
                    members=tuple(words.split()),
                    approvals=self.approvals if number else 0,
                    soak=self.soak,
                    health=tuple(probe.name for probe in self.probes),
                    allowed=self.allowed,
                    unreachable=self.unreachable,
                    parallel=self.parallel,
                    confirm=self.confirm,  # type: ignore[arg-type]
                )
                for number, (name, words) in enumerate(zip(names, self.waves, strict=True))
            ),
            before={name: {"nginx": OLD} for name in self.devices},
            on_failure=self.on_failure,  # type: ignore[arg-type]
            sensitivity=self.sensitivity,  # type: ignore[arg-type]
        )


class Watcher:
    """Hears every event of every runner, and looks at the truth at that moment."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.most_unwell = 0
        self.heard: list[tuple[Event, Progress]] = []

    def hear(self, event: Event, progress: Progress) -> None:
        self.heard.append((event, progress))
        self.most_unwell = max(self.most_unwell, len(self._play.unwell()))


class Play:
    """One case under way: the fleet and the branch, which outlive every runner."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.clock = VirtualClock()
        self.log: list[Deed] = []
        self.fleet = SimulatedFleet(self.clock, {}, self.log)
        self.plan = case.plan()
        self.remote = Remote(self.plan, self.clock)
        self.devices = {name: self._device(name) for name in case.devices}
        self.watcher = Watcher(self)
        self.runners = 0
        self.leaves: list[Leave] = []
        self.blamed: BaseException | None = None

    def _device(self, name: str) -> Device:
        options = {"faults": tuple(self.case.faults.get(name, ())), "latency": self.case.latency}
        device = Device(name, name, "simulated", options=options)
        truth = self.fleet.meet(device)
        digest = self.case.runs.get(name, OLD)
        if digest != "none":
            truth.have["nginx"] = (digest, digest)
            truth.disk.setdefault("nginx", "somebody else's" if "drifts" in truth.troubles else digest)
        return device

    def unwell(self) -> list[str]:
        now = self.clock.monotonic()
        return [name for name in self.devices if not self.fleet.device(name).is_well(now)]

    @property
    def progress(self) -> Progress:
        """Where it stands by the branch alone."""
        return Progress.of(self.plan, self.remote.events)

    def abort(self) -> None:
        self.remote.say(StopAsked, by="bob", then="back", why="smoke")

    def pause(self) -> None:
        self.remote.say(StopAsked, by="bob", then="hold", why="lunch")

    async def run(self) -> None:
        self.remote.open()
        for seconds, happens in self.case.later:
            self.clock.later(seconds, lambda happens=happens: happens(self))  # type: ignore[misc]
        kills = list(self.case.kills)
        for _ in range(_LEGS):
            leave = await self._leg(kills.pop(0) if kills else None)
            if leave is None:
                await self.clock.sleep(self.case.away)
            elif not await self._react(leave):
                return

    async def _leg(self, kill: Kill | None) -> Leave | None:
        """One runner, from its lease to its end; None if it died."""
        self.runners += 1
        runner = Runner(self, kill)
        return await runner.work()

    async def _react(self, leave: Leave) -> bool:
        """What happens once a runner left in good order. False: nothing more."""
        self.leaves.append(leave)
        progress = self.progress
        if leave.decision == "done" or progress.ended is not None:
            return False
        if leave.decision == "ask" and progress.ask is not None:
            fields = {"ask": progress.ask.ask, "wave": progress.ask.wave, "plan": self.plan.digest}
            self.remote.say(Approved, by="eve", **fields)
            return True
        hold = progress.hold
        if hold is not None and hold.kind in GOES_ON_BY_ITSELF:
            await self.clock.sleep(6 * 3600)
            return True
        if hold is not None and self.case.hold is not None:
            self.remote.say(Answered, hold=hold.hold, by="eve", answer=self.case.hold, why="seen")
            return True
        return hold is None


class Runner:
    """One process: it has its own owner and spool, and may be killed at any moment."""

    def __init__(self, play: Play, kill: Kill | None) -> None:
        self._play = play
        self._kill = kill
        self._dead = False
        self._spooled = 0
        self._task: asyncio.Task[Any] | None = None

    async def work(self) -> Leave | None:
        play, remote = self._play, self._play.remote
        lease = remote.acquire(same_machine=play.case.same_machine)
        spool = remote.spools[lease.token] = Spool(self._writing, self._written)
        engine = Engine(
            self._job(lease), Watched(lease, self), remote.record(), spool, play.clock, [play.watcher]
        )
        self._task = asyncio.ensure_future(engine.run())
        if isinstance(self._kill, At):
            play.clock.later(self._kill.seconds, self.die)
        try:
            return (await self._task).leave
        except (asyncio.CancelledError, Killed):
            if not self._dead:
                raise
            return None

    def die(self) -> None:
        if self._task is not None and not self._task.done():
            self._dead = True
            self._task.cancel()

    def check(self) -> None:
        if self._dead:
            raise Killed

    def _writing(self, _event: Event) -> None:
        self.check()
        self._spooled += 1
        if self._kill == Spooling(self._spooled, kept=False):
            self.die()
            raise Killed

    def _written(self, _event: Event) -> None:
        if self._kill == Spooling(self._spooled, kept=True):
            self.die()
            raise Killed

    def _job(self, lease: Lease) -> Job:
        play, case = self._play, self._play.case
        driver = SimulatedDriver(base=Path(), clock=play.clock, fleet=play.fleet)
        return Job(
            plan=play.plan,
            family=FAMILY,
            scope="audit",
            owner=f"runner-{lease.token}",
            devices=play.devices,
            loads=lambda _device: (
                Load("nginx", OLD, NEW, Artifact("files", ()), over_drift=bool(case.over_drift)),
            ),
            fill=lambda _mark: b"",
            drivers={"simulated": driver},
            probers={"command": CommandProber(clock=play.clock, environ={})},
            probes={probe.name: probe for probe in case.probes},
            skip=case.skip,
            over_drift=case.over_drift,
        )


class Watched:
    """The lease of a runner that may be dead by now."""

    def __init__(self, lease: Lease, runner: Runner) -> None:
        self._lease = lease
        self._runner = runner

    @property
    def token(self) -> int:
        return self._lease.token

    async def append(self, facts: Sequence[Event], decide: Any = None) -> Sequence[Event]:
        self._runner.check()
        return await self._lease.append(facts, decide)


@dataclass(frozen=True)
class End:
    """How a case ended: by the branch (`progress`), and in truth (`play.fleet`)."""

    play: Play
    progress: Progress

    @property
    def states(self) -> dict[str, State]:
        return {name: standing.state for name, standing in sorted(self.progress.devices.items())}

    @property
    def failed(self) -> set[str]:
        return {name for name, standing in self.progress.devices.items() if standing.failed}

    @property
    def result(self) -> Result | None:
        return None if self.progress.ended is None else self.progress.ended.result

    @property
    def held(self) -> HeldKind | None:
        return None if self.progress.hold is None else self.progress.hold.kind

    @property
    def disks(self) -> dict[str, str | None]:
        return {name: self.play.fleet.device(name).disk.get("nginx") for name in sorted(self.play.devices)}

    @property
    def steps(self) -> list[Stepped]:
        return [event for event in self.play.remote.events if isinstance(event, Stepped)]


def play(case: Case) -> End:
    """Play a case to its end."""
    playing = Play(case)
    asyncio.run(playing.run())
    return End(playing, playing.progress)


def roll(*waves: str, breaks: Iterable[str] = (), faults: Mapping[str, Sequence[str]] | None = None, **how: Any) -> End:
    """Waves as words of devices. `breaks`: these are sick with the change. `how`: fields of a Case."""
    said = {name: tuple(words) for name, words in (faults or {}).items()}
    sick = {name: (*said.get(name, ()), "health-fails") for name in breaks}
    return play(Case(waves, {**said, **sick}, **how))
