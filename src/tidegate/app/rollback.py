"""Bringing back what a rollout replaced: an ordinary, recorded rollout to the digests that ran before, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate import __version__
from tidegate.app.carrying.done import Done, job_done
from tidegate.app.carrying.origins import former_contents
from tidegate.app.carrying.running import Work, new_owner
from tidegate.app.carrying.taking import carry_out, secrets_of
from tidegate.app.change.contents import Contents
from tidegate.app.change.revision import Revision, read_revision
from tidegate.app.ground.actor import Actor, actor, of_project
from tidegate.app.ground.stand import fetch_revision
from tidegate.app.looks import inspected, look_once
from tidegate.audit.history import History
from tidegate.audit.shelf import Past
from tidegate.audit.store import Tip
from tidegate.errors import Refusal, UsageError
from tidegate.model.answer import At
from tidegate.model.canonical import NONE
from tidegate.model.event import Opened
from tidegate.model.plan import Digests, Kind, Plan
from tidegate.model.verb import Snapshot
from tidegate.report.people import names
from tidegate.rollout.planner import rollback_plan
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Return:
    """What is to come back: device -> component -> digest, and what runs there now."""

    undone: Past
    to: Mapping[str, Digests]
    before: Mapping[str, Digests]


def rollback(world: World, folder: str, rollout: str = "", why: str = "") -> Done:
    """Take back `rollout`, or the newest one that left something behind.

    Refusal where nothing is to come back, a newer rollout stands on it, or what ran before cannot be had; then no
    device was touched.
    """
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    pasts = of_project(tip.shelf.all(), who.project)
    history = History.of(pasts, who.project)
    back = _return_of(pasts, rollout, history)
    revision = read_revision(who.ground, fetch_revision(who.ground, back.undone.plan.revision))
    plan = _plan(revision, back)
    contents = former_contents(who.ground, revision, plan, back.undone, history)
    return asyncio.run(_carry_out(who, tip, plan, contents, back, why))


def _return_of(pasts: Sequence[Past], rollout: str, history: History) -> Return:
    if rollout:
        past = next((past for past in pasts if past.rollout == rollout), None)
        if past is None:
            raise UsageError(f"there is no rollout `{rollout}`", hint="See: tidegate audit log")
        return _checked(past, pasts, history)
    for past in reversed(pasts):
        if past.ended is None:
            _refuse_unended(past)
        if past.plan.kind is Kind.DEPLOY and (back := _left_behind(past, history)).to:
            return _checked(back.undone, pasts, history)
    raise Refusal("no rollout has left anything behind that could be taken back", hint="See: tidegate audit log")


def _checked(past: Past, pasts: Sequence[Past], history: History) -> Return:
    if past.plan.kind is not Kind.DEPLOY:
        raise Refusal(f"{past.rollout} was a rollback itself", hint="To have the change again: tidegate deploy --retry")
    for other in pasts:
        if other.ended is None and (other is past or other.plan.devices.keys() & past.plan.devices.keys()):
            _refuse_unended(other)
    newer = _newer(past, pasts, history)
    if newer is not None:
        raise Refusal(
            f"{newer.rollout} changed the same devices after {past.rollout}: the newest goes back first",
            hint=f"tidegate rollback {newer.rollout}",
        )
    back = _left_behind(past, history)
    if not back.to:
        raise Refusal(
            f"nothing of {past.rollout} runs any more: there is nothing to take back",
            hint=f"See: tidegate audit show {past.rollout}",
        )
    return back


def _refuse_unended(past: Past) -> None:
    raise Refusal(f"{past.rollout} has not ended", hint="To stop it and go back: tidegate abort")


def _left_behind(past: Past, history: History) -> Return:
    to: dict[str, Digests] = {}
    before: dict[str, Digests] = {}
    for device, planned in past.plan.devices.items():
        ran, runs = past.plan.before.get(device, {}), history.running.get(device, {})
        kept = {
            component: digest
            for component, digest in planned.to.items()
            if runs.get(component) == digest != ran.get(component, NONE)
        }
        if kept:
            to[device] = {component: ran.get(component, NONE) for component in kept}
            before[device] = kept
    return Return(past, to, before)


def _newer(past: Past, pasts: Sequence[Past], history: History) -> Past | None:
    """The newest later rollout that put something else on one of its devices, and still is what runs there."""
    later = pasts[pasts.index(past) + 1 :]
    for other in reversed(later):
        shared = other.plan.devices.keys() & past.plan.devices.keys()
        if other.plan.kind is Kind.DEPLOY and shared & _left_behind(other, history).to.keys():
            return other
    return None


def _plan(revision: Revision, back: Return) -> Plan:
    undone = back.undone.plan
    components = {component for digests in back.to.values() for component in digests}
    return rollback_plan(
        revision.project,
        strategy=undone.strategy,
        to=back.to,
        before=back.before,
        reach={device: undone.devices[device].reach for device in back.to},
        timeouts={device: undone.devices[device].timeout for device in back.to},
        changes={component: undone.components[component] for component in components},
        revision=undone.revision,
        tool=__version__,
    )


async def _carry_out(who: Actor, tip: Tip, plan: Plan, contents: Contents, back: Return, why: str) -> Done:
    await _check_had(who, plan, contents, back, tip)
    secrets = await secrets_of(who, contents, plan)
    opened = Opened(
        at=who.world.clock.now(),
        o=new_owner(),
        k=1,
        kind="rollback",
        revision=plan.revision,
        base=back.undone.opened.base,
        plan="",
        file="",
        asked=who.asked,
        of=back.undone.rollout,
        why=why,
    )
    held = await who.lane(back.undone.lane).open(plan, opened, who.holder)
    ended = await carry_out(who, held, Work(contents, secrets, tip.audit))
    record = held.record()
    if ended.progress.ended is not None:
        who.world.tell(await look_once(who, record, contents.project))
    return job_done(record, ended)


async def _check_had(who: Actor, plan: Plan, contents: Contents, back: Return, tip: Tip) -> None:
    """Before it starts: everything that shall come back must be there, rendered or kept on the device."""
    lost = contents.differing(plan)
    found = {key[0]: content.what for key, content in contents.of.items() if isinstance(content.what, Snapshot)}
    if found:
        seen = await inspected(who, contents.project, found, scope=tip.audit)
        for device, snapshot in found.items():
            kept = device in seen and seen[device].transactions.get(snapshot.transaction)
            if not kept or kept.at is not At.CONFIRMED:
                lost.append(device)
    if lost:
        raise Refusal(
            f"what {len(set(lost))} devices ran before {back.undone.rollout} cannot be had: {names(sorted(set(lost)))}",
            hint="Nothing was started. Put it into git as it should be, and deploy that.",
        )
