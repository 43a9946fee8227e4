"""Releasing a stranded device: a person has looked at it, and it may be changed again."""

from __future__ import annotations

import asyncio

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.carrying.reaching import drivers_of, runner_of
from tidegate.app.carrying.running import new_owner
from tidegate.app.ground.actor import Actor, actor
from tidegate.app.ground.look import look
from tidegate.app.looks import ask
from tidegate.audit.notes import note
from tidegate.audit.store import Tip
from tidegate.errors import Refusal, UsageError
from tidegate.model.answer import Done as Forgotten
from tidegate.model.event import Released
from tidegate.model.project import Device, Project
from tidegate.model.state import State
from tidegate.model.verb import Address, Forget
from tidegate.rollout.progress import Progress
from tidegate.types.fields import nearest
from tidegate.world import World


def release(world: World, folder: str, name: str, why: str) -> Done:
    """Lift a device's quarantine. It keeps what lies on it now, which the record does not know.

    UsageError for a device that is not there, Refusal while a rollout has it, or where it does not obey.
    """
    project = look(world, folder).project
    if name not in project.fleet:
        raise UsageError(f"there is no device `{name}`{nearest(name, list(project.fleet))}", hint="tidegate fleet list")
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    for past in tip.shelf.all():
        if past.ended is None and name in past.plan.devices:
            raise Refusal(f"{past.rollout} has not ended, and has {name}", hint="See: tidegate status")
    asyncio.run(_release(who, tip, project, project.fleet[name], why))
    text = (
        f"{name} is released. What lies on it is none of the record's: the next deploy finds it drifted.\n"
        f'To write over it: tidegate deploy --over-drift "why"'
    )
    return Done(text, 0, outputs(0, decision="done"))


async def _release(who: Actor, tip: Tip, project: Project, device: Device, why: str) -> None:
    # Nobody has the device: the branch's newest number is above every token it has heard, and below all to come.
    address = Address(tip.audit, tip.seq, "release")
    async with drivers_of(runner_of(who.world, who.ground.base, project), [device]) as drivers:
        answer = (await ask(drivers[device.driver], device, address, (Forget(),)))[-1]
    if not isinstance(answer, Forgotten):
        said = getattr(answer, "text", "") or type(answer).__name__
        raise Refusal(f"{device.name} was not released: {said}", hint="Is it reachable? See: tidegate status")
    stranded = next(
        (
            past
            for past in reversed(tip.shelf.all())
            if device.name in past.plan.devices
            and Progress.of(past.plan, past.events).devices[device.name].state is State.STRANDED
        ),
        None,
    )
    if stranded is not None:
        owner, at = new_owner(), who.world.clock.now()
        event = Released(at=at, o=owner, k=1, d=device.name, by=who.by, why=why)
        await note(who.branch, stranded.lane, stranded.rollout, event)
