"""The vocabulary of the laws: a simulated fleet, virtual time, runners that die, people who say things.

end = roll("canary", "a b", "c", breaks=["b"])
assert end.states["c"] is SKIPPED
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from spec.case import FAMILY, NEW, OLD, At, Case, Kill, Spooling
from spec.journal import Lease, Remote, Spool
from tidegate.clock import VirtualClock
from tidegate.drivers.simulated import Deed, SimulatedDriver, SimulatedFleet
from tidegate.engine.engine import Engine, Outcome
from tidegate.engine.job import Job
from tidegate.errors import AuditError, LeaseLost, RemoteAway
from tidegate.model.artifact import Artifact
from tidegate.model.event import Answered, Approved, Event, Rejected, Stepped, StopAsked
from tidegate.model.project import Device
from tidegate.model.state import GOES_ON_BY_ITSELF, HeldKind, Result, State
from tidegate.model.verb import Load
from tidegate.probes.command import CommandProber
from tidegate.rollout.decide import Leave, Seat
from tidegate.rollout.progress import Progress

_LEGS = 60
_TOO_LONG = 3 * 24 * 3600.0


class Killed(BaseException):
    """This runner is no more: nothing it does has an effect."""


class SleepyClock(VirtualClock):
    """Virtual time on a machine that may be suspended: time goes on, and nobody runs."""

    @property
    def begin(self) -> datetime:
        return self._start

    def oversleep(self, seconds: float) -> None:
        self._elapsed += seconds


class Watcher:
    """Hears every event of every runner, and looks at the truth at that moment."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.most_unwell = 0
        self.heard: list[tuple[Event, Progress]] = []

    def hear(self, event: Event, progress: Progress) -> None:
        self.heard.append((event, progress))
        self.most_unwell = max(self.most_unwell, len(self._play.unwell()))


@dataclass(frozen=True, slots=True)
class Trace:
    """A verb that reached a device, and how many segments the branch had at that moment."""

    deed: Deed
    segments: int


class _Log(list[Deed]):
    """Deeds as they happen, each with what the branch said then."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self.traces: list[Trace] = []
        self._remote = remote

    def append(self, deed: Deed) -> None:
        super().append(deed)
        self.traces.append(Trace(deed, len(self._remote.segments)))


class Play:
    """One case under way: the fleet and the branch, which outlive every runner."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.clock = SleepyClock()
        self.plan = case.plan()
        self.remote = Remote(self.plan, self.clock)
        self.log = _Log(self.remote)
        self.fleet = SimulatedFleet(self.clock, {}, self.log)
        self.devices = {name: self._device(name) for name in case.devices}
        self.watcher = Watcher(self)
        self.runners = 0
        self.leaves: list[Leave] = []
        self.leg = case.legs[0] if case.legs else None
        self.engine: Engine | None = None
        self.lost: list[AuditError] = []
        self._overtaken: asyncio.Task[Leave | None] | None = None
        self._between = 0.0

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

    # What people and the world do.

    def abort(self) -> None:
        self.remote.say(StopAsked, by="bob", then="back", why="smoke")

    def pause(self) -> None:
        self.remote.say(StopAsked, by="bob", then="hold", why="lunch")

    def cancel(self) -> None:
        """The job gets a SIGTERM."""
        if self.engine is not None:
            self.engine.cancel("SIGTERM")

    def lose_remote(self) -> None:
        self.remote.away = True

    def find_remote(self) -> None:
        self.remote.away = False

    def pause_between(self, seconds: float) -> None:
        """From now on so much time passes between one runner and the next."""
        self._between = seconds

    def lose_answer(self) -> None:
        """The next segment is written, and whoever wrote it is not told."""
        self.remote.losing += 1

    # One runner after another.

    def play(self) -> End:
        """From the beginning until nobody says anything more."""
        asyncio.run(self._begin())
        return End(self, self.progress)

    def play_on(self) -> End:
        """Somebody said something, or looks again."""
        asyncio.run(self._go_on(()))
        return End(self, self.progress)

    async def _begin(self) -> None:
        self.remote.open()
        for seconds, happens in self.case.later:
            self.clock.later(seconds, lambda happens=happens: happens(self))  # type: ignore[misc]
        await self._go_on(self.case.kills)

    async def _go_on(self, kills: Sequence[Kill]) -> None:
        left = list(kills)
        for _ in range(_LEGS):
            while self.remote.away:
                await self.clock.sleep(60)
            leave = await self._leg(left.pop(0) if left else None)
            if leave is None:
                await self.clock.sleep(self.case.away)
            elif not await self._react(leave):
                await self._bury()
                return
            await self.clock.sleep(self._between)
        raise AssertionError(f"no end after {_LEGS} runners: {self.leaves[-3:]}")

    async def _leg(self, kill: Kill | None) -> Leave | None:
        """One runner, from its lease to its end; None if it died."""
        self.runners += 1
        if self.case.overtaken is None or self.runners > 1:
            return await Runner(self, kill).work()
        self._overtaken = asyncio.ensure_future(Runner(self, kill).work())
        await self.clock.sleep(self.case.overtaken)
        return self._overtaken.result() if self._overtaken.done() else None

    async def _bury(self) -> None:
        """The first runner, if it was overtaken, finds out by itself."""
        if self._overtaken is not None:
            await self._overtaken

    async def _react(self, leave: Leave) -> bool:
        """What happens once a runner left in good order. False: nothing more."""
        self.leaves.append(leave)
        progress = self.progress
        if leave.decision == "done" or progress.ended is not None:
            return False
        if leave.leg and self.case.legs:
            self.leg = leave.leg
        if leave.decision == "ask":
            return self._answer_ask(progress)
        hold = progress.hold
        if hold is None:
            return True
        if hold.kind in GOES_ON_BY_ITSELF:
            await self.clock.sleep(6 * 3600)
            return True
        if self.case.hold is not None:
            self.remote.say(Answered, hold=hold.hold, by="eve", answer=self.case.hold, why="seen")
        return self.case.hold is not None

    def _answer_ask(self, progress: Progress) -> bool:
        ask, people = progress.ask, self.case.people
        assert ask is not None, "it left with an ask that nobody wrote"
        fields = {"ask": ask.ask, "wave": ask.wave, "plan": self.plan.digest, "why": "looked"}
        if people == "reject":
            self.remote.say(Rejected, by="eve", **fields)
        elif people == "approve":
            for number in range(ask.count):
                self.remote.say(Approved, by=f"eve-{number}", **fields)
        return people is not None


class Runner:
    """One process: it has its own owner and spool, and may be killed at any moment."""

    def __init__(self, play: Play, kill: Kill | None = None) -> None:
        self._play = play
        self._kill = kill
        self._dead = False
        self._spooled = 0
        self._task: asyncio.Task[Outcome] | None = None

    async def work(self) -> Leave | None:
        play, remote = self._play, self._play.remote
        lease = remote.acquire(same_machine=play.case.same_machine, cut=play.case.cut)
        spool = remote.spools[lease.token] = Spool(self._writing, self._written)
        engine = Engine(self._job(lease), Watched(lease, self), remote.record(), spool, play.clock, [play.watcher])
        play.engine = engine
        self._task = asyncio.ensure_future(engine.run())
        if isinstance(self._kill, At):
            play.clock.later(self._kill.seconds, self.die)
        alarm = play.clock.later(_TOO_LONG, self._give_up)
        try:
            return (await self._task).leave
        except (asyncio.CancelledError, Killed):
            if not self._dead:
                raise AssertionError("a runner came to no end") from None
            return None
        except (LeaseLost, RemoteAway) as error:
            play.lost.append(error)
            return None
        finally:
            alarm.cancel()

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()

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
            loads=lambda _device: (Load("nginx", OLD, NEW, Artifact("files", ()), over_drift=bool(case.over_drift)),),
            fill=lambda _mark: b"",
            drivers={"simulated": driver},
            probers={"command": CommandProber(clock=play.clock, environ={})},
            probes={probe.name: probe for probe in case.probes},
            seat=Seat(leg=play.leg),
            skip=case.skip,
            over_drift=case.over_drift,
            lasts=case.lasts,
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
    return Play(case).play()


def roll(*waves: str, breaks: Iterable[str] = (), faults: Mapping[str, Sequence[str]] | None = None, **how: Any) -> End:
    """Waves as words of devices. `breaks`: these are sick with the change. `how`: fields of a Case."""
    said = {name: tuple(words) for name, words in (faults or {}).items()}
    sick = {name: (*said.get(name, ()), "health-fails") for name in breaks}
    return play(Case(waves, {**said, **sick}, **how))
