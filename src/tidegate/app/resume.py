"""Going on with a rollout that a job has left, or died in; and answering what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from tidegate.app.carrying.done import Done, job_done, outputs
from tidegate.app.carrying.origins import contents_of
from tidegate.app.carrying.running import Ended, Work, new_owner
from tidegate.app.carrying.taking import acquire, carry_out, secrets_of
from tidegate.app.ground.actor import Actor, actor, going_on, of_project
from tidegate.app.jobs.proving import prove
from tidegate.app.jobs.settling import act_on, is_of_workflow, settle
from tidegate.app.jobs.waking import wake_on_github
from tidegate.audit.history import History
from tidegate.audit.lease import lease_of
from tidegate.audit.people import say
from tidegate.audit.shelf import Past
from tidegate.model.event import Answered
from tidegate.model.state import GOES_ON_BY_ITSELF
from tidegate.rollout.decide import Seat, is_expired
from tidegate.rollout.progress import Progress
from tidegate.world import World


def resume(world: World, folder: str, rollout: str = "", *, now: bool = False) -> Done:
    """Take up the rollout that is meant, wherever it was left; `now`: a person says that its holder is dead."""
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    return go_on(who, going_on(tip.shelf.all(), who.project, rollout), now=now)


def answer(
    world: World,
    folder: str,
    rollout: str,
    hold: int,
    said: Literal["go", "back", "end"],
    why: str,
    *,
    now: bool = False,
) -> Done:
    """Answer a hold, and go on accordingly."""
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    past = going_on(tip.shelf.all(), who.project, rollout)
    owner, at = new_owner(), world.clock.now()

    def word(_past: Past) -> Answered:
        return Answered(at=at, o=owner, k=1, hold=hold, by=who.by, answer=said, why=why)

    past = asyncio.run(say(who.branch, past.lane, past.rollout, word))
    if is_of_workflow(who, past):
        return asyncio.run(act_on(who, past, f"`{said}` to hold {hold}"))
    return go_on(who, past, now=now)


def go_on(
    who: Actor,
    past: Past,
    *,
    now: bool = False,
    seat: Seat = Seat(),
    environment: str = "",
    code: Callable[[Ended], int] | None = None,
) -> Done:
    """Take the lease of an open rollout and carry it out from where it stands.

    `environment` is the one that a job of a workflow has to show it runs in. `code` gives the exit code of a job that
    is only a part of it.
    """

    async def job() -> Done:
        proof = await prove(who, environment)
        lane = who.lane(past.lane)
        tip = await who.branch.fetch()
        history = History.of(tip.shelf.all(), who.project)
        contents = contents_of(who.ground, past, tip.shelf, history)
        secrets = await secrets_of(who, contents, past.plan)
        held = await acquire(who, lane, past.rollout, now=now, proof=proof)
        ended = await carry_out(who, held, Work(contents, secrets, tip.audit, seat))
        return job_done(held.record(), ended, exit_code=code(ended) if code else None)

    return asyncio.run(job())


def wake(world: World, folder: str, rollout: str = "") -> list[Done]:
    """Take up all that may go on without a person: said and not acted on, waiting for time, or left by a dead job."""
    if world.run is not None:
        return [settle(world, folder, rollout) if rollout else wake_on_github(world, folder)]
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    own = of_project(tip.shelf.all(), who.project)
    if rollout:
        own = (going_on(own, who.project, rollout),)
    return [go_on(who, past) for past in own if past.ended is None and _may_go_on(past, world.clock.now())]


def _may_go_on(past: Past, now: datetime) -> bool:
    progress = Progress.of(past.plan, past.events)
    if progress.unacted or lease_of(past.newest.head).held or is_expired(progress, now):
        return True
    if progress.hold is not None:
        return progress.hold.kind in GOES_ON_BY_ITSELF
    ask = progress.ask
    return ask is None or len(progress.approvals) >= ask.count or progress.rejected is not None


def nothing_to_wake() -> Done:
    return Done("Nothing can go on by itself. See: tidegate status", 0, outputs(0, decision="done"))
