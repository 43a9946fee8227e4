"""The hourly job of a repository: everything that may go on without a person is started, each in its own workflow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.carrying.hub import hub
from tidegate.app.ground.actor import Actor, actor, of_project
from tidegate.app.jobs.dispatching import Dispatcher
from tidegate.app.jobs.heads import next_in_lanes
from tidegate.app.jobs.settling import conclude, standing
from tidegate.audit.lease import TTL, lease_of
from tidegate.audit.shelf import Past
from tidegate.errors import TidegateError, UsageError
from tidegate.model.canonical import parse_instant
from tidegate.model.state import GOES_ON_BY_ITSELF
from tidegate.project.legs import SETTLE
from tidegate.rollout.decide import is_expired
from tidegate.rollout.progress import Progress
from tidegate.world import World


def wake_on_github(world: World, folder: str) -> Done:
    """Start the workflow of every rollout that may go on, and of every free lane that is behind the default branch.

    One that cannot be started does not keep the others; the exit code is then that of what went wrong. The last job
    of a run that opened nothing starts nothing either: a run that is refused each time would start itself for ever.
    """
    if world.run is not None and world.run.job == SETTLE:
        return Done("This run opened no rollout: there is nothing to settle.", 0, outputs(0, decision="done"))
    return asyncio.run(_wake(actor(world, folder)))


async def _wake(who: Actor) -> Done:
    now = who.world.clock.now()
    pasts = of_project((await who.branch.fetch()).shelf.all(), who.project)
    said: list[str] = []
    codes = [0]
    async with hub(who.world) as github:
        if github is None or who.world.run is None:
            raise UsageError("this is no job of a workflow", hint="Here: tidegate wake, as a person")
        dispatcher = Dispatcher.of(who, github, who.world.run)
        for past in [await conclude(who, past) for past in pasts if past.ended is None]:
            if past.ended is not None:
                said.append(standing(past))
            elif may_be_started(past, now):
                await _try(dispatcher.go_on(past), said, codes)
        for lane in await next_in_lanes(who, await dispatcher.head()):
            await _try(dispatcher.deploy_head(lane), said, codes)
    return Done("\n".join(said) or "Nothing can go on by itself.", max(codes), outputs(max(codes), decision="done"))


async def _try(start: Awaitable[str], said: list[str], codes: list[int]) -> None:
    try:
        said.append(await start)
    except TidegateError as error:
        said.append(f"✗ {error.message}. {error.hint}")
        codes.append(error.exit_code)


def may_be_started(past: Past, now: datetime) -> bool:
    """Said and not acted on, waiting for time, or for too long; or left by a job that is dead: no sign of it for as
    long as a lease lasts, by the record's times. The job that is started watches the lease itself before it takes it.
    """
    silent = now - parse_instant(past.newest.head.at) >= timedelta(seconds=TTL)
    if lease_of(past.newest.head).held:
        return silent
    progress = Progress.of(past.plan, past.events)
    if progress.unacted or is_expired(progress, now):
        return True
    if progress.hold is not None:
        return progress.hold.kind in GOES_ON_BY_ITSELF
    ask = progress.ask
    return silent and (ask is None or len(progress.approvals) >= ask.count)
