"""One job: the engine with its drivers, probes, secrets and listeners, from the lease it holds to its release."""

from __future__ import annotations

import asyncio
import secrets as chance
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from tidegate.app.carrying.reaching import drivers_of, probers_of, runner_of
from tidegate.app.change.contents import Contents
from tidegate.app.ground.stand import Ground
from tidegate.audit.held import Held
from tidegate.engine.engine import Engine
from tidegate.engine.job import Job, Listener
from tidegate.model.plan import Plan
from tidegate.model.project import Device, Probe
from tidegate.rollout.decide import Leave, Seat
from tidegate.rollout.progress import Progress
from tidegate.secrets import Secrets
from tidegate.world import World

LASTS = 5.5 * 3600
"""Seconds that a job of a workflow works; GitHub ends it after six hours, and what it has begun is to come to rest."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Work:
    """What a job needs beside the record: what belongs on the devices, and for whom the branch (`scope`) stands."""

    contents: Contents
    secrets: Secrets
    scope: str
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


async def work(world: World, ground: Ground, held: Held, job: Work, listeners: Sequence[Listener]) -> Ended:
    """Run the engine until it leaves. Raises what the engine raises; devices and sessions are let go either way."""
    record, project = held.record(), job.contents.project
    plan, over_drift = record.plan, str(record.opened.asked.get("over_drift", ""))
    probes = {name: Probe(**definition) for name, definition in plan.probes.items()}
    devices = [project.fleet[name] for name in plan.devices if name in project.fleet]
    async with (
        drivers_of(runner_of(world, ground.base, project, job.secrets), devices) as drivers,
        probers_of(world.clock, probes.values()) as probers,
    ):
        rollout = Job(
            plan=plan,
            family=f"{project.name}.{record.rollout}.",
            scope=job.scope,
            owner=new_owner(),
            devices=project.fleet,
            loads=lambda device: job.contents.loads(plan, record.rollout, device, over_drift=bool(over_drift)),
            fill=job.secrets.fill,
            drivers=drivers,
            probers=probers,
            probes=probes,
            seat=job.seat,
            skip=skipped(world, plan, project.fleet),
            over_drift=over_drift,
            lasts=inf if world.run is None else LASTS,
        )
        return await _until_left(Engine(rollout, held, record, held.spool, world.clock, listeners))


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

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        outcome = await engine.run()
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(
                number, handler
            )  # the loop leaves the system's, which the first process of a container ignores
    return Ended(outcome.progress, outcome.leave, caught[0] if caught else 0)
