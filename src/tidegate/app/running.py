"""One job: the engine with its drivers, probes, secrets and listeners, from the lease it holds to its release."""

from __future__ import annotations

import asyncio
import secrets as chance
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.app.contents import Contents
from tidegate.app.ground import Ground
from tidegate.audit.spool import Spool
from tidegate.engine.engine import Engine
from tidegate.engine.job import Job, Journal, Listener
from tidegate.model.plan import Plan
from tidegate.model.project import Device, Probe
from tidegate.model.record import Record
from tidegate.plugins import DRIVERS, PROBES, load_plugin
from tidegate.rollout.decide import Leave, Seat
from tidegate.rollout.progress import Progress
from tidegate.secrets import Secrets
from tidegate.world import World

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Work:
    """What a job carries out: a plan under a rollout id, and what belongs on the devices."""

    plan: Plan
    rollout: str
    contents: Contents
    secrets: Secrets
    over_drift: str = ""
    seat: Seat = Seat()


@dataclass(frozen=True, slots=True)
class Ended:
    """A job's end: where the rollout stands, who may go on, and the signal that ended it (0: none)."""

    progress: Progress
    leave: Leave
    signal: int = 0

    @property
    def exit_code(self) -> int:
        if self.signal:
            return 128 + self.signal
        if self.progress.ended is not None:
            return self.progress.ended.result.exit_code
        return 5 if self.leave.decision in ("hold", "ask") else 0


def new_owner() -> str:
    """The random name of this process in the record: with a number it is an event's identity."""
    return chance.token_hex(6)


async def work(
    world: World,
    ground: Ground,
    job: Work,
    journal: Journal,
    record: Record,
    spool: Spool,
    *,
    scope: str,
    owner: str,
    listeners: Sequence[Listener],
) -> Ended:
    """Run the engine until it leaves. Raises what the engine raises; devices and sessions are let go either way."""
    project = job.contents.project
    drivers = {
        name: load_plugin(DRIVERS, name)(base=ground.base, clock=world.clock)
        for name in {project.fleet[device].driver for device in job.plan.devices if device in project.fleet}
    }
    probes = {name: Probe(**definition) for name, definition in job.plan.probes.items()}
    probers: dict[str, Any] = {
        kind: load_plugin(PROBES, kind)(clock=world.clock) for kind in {probe.kind for probe in probes.values()}
    }
    engine = Engine(
        Job(
            plan=job.plan,
            family=f"{project.name}.{job.rollout}.",
            scope=scope,
            owner=owner,
            devices=project.fleet,
            loads=lambda device: job.contents.loads(job.plan, job.rollout, device, over_drift=bool(job.over_drift)),
            fill=job.secrets.fill,
            drivers=drivers,
            probers=probers,
            probes=probes,
            seat=job.seat,
            skip=skipped(world, job.plan, project.fleet),
            over_drift=job.over_drift,
        ),
        journal,
        record,
        spool,
        world.clock,
        listeners,
    )
    try:
        return await _until_left(engine)
    finally:
        for closing in (*drivers.values(), *probers.values()):
            await closing.close()


def skipped(world: World, plan: Plan, fleet: Mapping[str, Device]) -> dict[str, str]:
    """Devices of the plan that are not attempted, with the reason: held, or gone from the fleet."""
    now = world.clock.now()
    reasons: dict[str, str] = {}
    for name in plan.devices:
        if name not in fleet:
            reasons[name] = "removed"
        elif (hold := fleet[name].hold) is not None and hold.until > now:
            reasons[name] = "held"
    return reasons


async def _until_left(engine: Engine) -> Ended:
    loop = asyncio.get_running_loop()
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        engine.cancel(signal.Signals(number).name)

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        outcome = await engine.run()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    return Ended(outcome.progress, outcome.leave, caught[0] if caught else 0)
