"""Taking up a rollout: its lease, and the engine with all it needs, until it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.app.carrying.reaching import drivers_of, runner_of
from tidegate.app.carrying.reporting import report_once, reporting
from tidegate.app.carrying.running import Ended, Work, new_owner, work
from tidegate.app.change.contents import Contents
from tidegate.app.ground.actor import Actor
from tidegate.audit.held import Held
from tidegate.audit.lane import Lane
from tidegate.audit.trouble import Busy
from tidegate.model.event import Event, HeldEvent
from tidegate.model.plan import Plan
from tidegate.model.record import Record
from tidegate.model.state import HeldKind, State
from tidegate.report.people import duration, names
from tidegate.report.watching import watching
from tidegate.rollout.decide import Leave
from tidegate.rollout.progress import Progress
from tidegate.secrets import Secrets

_LOOK_AGAIN = 15.0
_TO_STAGE = frozenset({State.PENDING, State.PREFLIGHT, State.UNKNOWN})


async def secrets_of(who: Actor, contents: Contents, plan: Plan) -> Secrets:
    """The secrets of a project: every one that goes onto a device fetched, every driver of the plan's devices tried.

    UsageError or DriverError where one is empty, missing or will not do: before anything is opened, not in the
    middle of a wave.
    """
    project = contents.project
    secrets = Secrets(project.secrets, who.world.environ, who.ground.base)
    for name in sorted(contents.secrets()):
        secrets.value(name)
    devices = [project.fleet[name] for name in plan.devices if name in project.fleet]
    async with drivers_of(runner_of(who.world, who.ground.base, project, secrets), devices):
        return secrets


async def acquire(who: Actor, lane: Lane, rollout: str, *, now: bool, proof: str = "") -> Held:
    """The lease of a rollout. Where its holder may be dead, wait until it counts as dead; Busy once it gives a sign."""
    since = ""
    while True:
        try:
            return await lane.acquire(rollout, who.holder, now=now, proof=proof)
        except Busy as busy:
            if since and busy.since != since:
                raise
            if not since:
                who.world.tell(f"{busy.message}.")
                who.world.tell(f"Waiting {duration(busy.left)} for a sign of it; --now takes the rollout at once.")
            since = busy.since
            await who.world.clock.sleep(min(busy.left, _LOOK_AGAIN) + 0.1)


async def carry_out(who: Actor, held: Held, job: Work) -> Ended:
    """Run the engine until it leaves, shown as it goes. What renders differently than planned is held instead."""
    record = held.record()
    odd = _differing(record, job.contents)
    if odd:
        ended = await _hold_differing(who, held, odd)
        await report_once(who, held.record())
        return ended
    async with reporting(who, held, job.contents.project.device_checks) as reports:
        with watching(who.world, record, who.branch.name) as listener:
            ended = await work(who.world, who.ground, held, job, [listener, *reports.listeners])
        reports.hurry = bool(ended.signal)
    return ended


def _differing(record: Record, contents: Contents) -> list[str]:
    """Devices that are yet to be staged, and would get something else than the plan says."""
    progress = Progress.of(record.plan, record.events)
    if progress.back is not None:
        return []
    return [name for name in contents.differing(record.plan) if progress.devices[name].state in _TO_STAGE]


async def _hold_differing(who: Actor, held: Held, odd: Sequence[str]) -> Ended:
    owner = new_owner()

    def decide(_record: Record, seq: int) -> tuple[Sequence[Event], bool]:
        text = f"{len(odd)} devices: {names(odd)}"
        kind = HeldKind.RENDERS_DIFFERENTLY
        return [HeldEvent(at=who.world.clock.now(), o=owner, k=1, hold=seq, kind=kind, text=text)], True

    await held.append((), decide)
    record = held.record()
    return Ended(Progress.of(record.plan, record.events), Leave("hold"))
