"""What a person says about a rollout: yes, no, stop and stay, stop and go back. Said, then acted on by whoever may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.carrying.running import new_owner
from tidegate.app.ground.actor import Actor, actor, going_on
from tidegate.app.jobs.entitled import entitled
from tidegate.app.jobs.settling import act_on, is_of_workflow
from tidegate.app.resume import go_on
from tidegate.audit.lease import lease_of
from tidegate.audit.people import Word, say
from tidegate.audit.shelf import Past
from tidegate.errors import Refusal, UsageError
from tidegate.model.event import Approved, Asked, Rejected, StopAsked
from tidegate.rollout.progress import Progress
from tidegate.world import World

_SOON = 30
"""Seconds after which a job that runs has read what was said."""


def stop(world: World, folder: str, rollout: str, then: Literal["back", "hold"], why: str) -> Done:
    """abort (`back`) or pause (`hold`)."""
    who = actor(world, folder)
    past = _meant(who, rollout)
    owner, at = new_owner(), world.clock.now()
    past = _say(who, past, lambda _: StopAsked(at=at, o=owner, k=1, by=who.by, then=then, why=why))
    return _act(who, past, "stop and go back" if then == "back" else "stop and stay")


def approve(world: World, folder: str, rollout: str, environment: str, why: str) -> Done:
    """Say yes to the newest question; where that is enough and nobody acts in its lane, go on from here."""
    who = actor(world, folder)
    past = _meant(who, rollout)
    ask = _asked(past, environment)
    _may_approve(who, past, ask)
    owner, at = new_owner(), world.clock.now()
    digest = past.plan.digest
    past = _say(
        who,
        past,
        lambda _: Approved(at=at, o=owner, k=1, ask=ask.ask, wave=ask.wave, plan=digest, by=who.by, why=why),
    )
    missing = ask.count - len(Progress.of(past.plan, past.events).approvals)
    if missing > 0:
        text = f"Approved `{ask.wave}` of {past.rollout}, plan {digest}. {missing} more must say so."
        return Done(text, 0, outputs(0, rollout=past.rollout, plan=digest, ask=ask.environment, decision="ask"))
    return _act(who, past, f"yes to `{ask.wave}`")


def reject(world: World, folder: str, rollout: str, environment: str, why: str) -> Done:
    """Say no to the newest question: what is confirmed stays, or all goes back, as the strategy says."""
    who = actor(world, folder)
    past = _meant(who, rollout)
    ask = _asked(past, environment)
    owner, at = new_owner(), world.clock.now()
    digest = past.plan.digest
    past = _say(
        who,
        past,
        lambda _: Rejected(at=at, o=owner, k=1, ask=ask.ask, wave=ask.wave, plan=digest, by=who.by, why=why),
    )
    return _act(who, past, f"no to `{ask.wave}`")


def _meant(who: Actor, rollout: str) -> Past:
    tip = asyncio.run(who.branch.fetch())
    return going_on(tip.shelf.all(), who.project, rollout)


def _say(who: Actor, past: Past, word: Callable[[Past], Word]) -> Past:
    return asyncio.run(say(who.branch, past.lane, past.rollout, word))


def _act(who: Actor, past: Past, said: str) -> Done:
    """Go on where nobody acts in the lane; a job that runs reads it by itself."""
    lease = lease_of(past.newest.head)
    if not lease.held:
        return asyncio.run(act_on(who, past, said)) if is_of_workflow(who, past) else go_on(who, past)
    text = (
        f"Said to {past.rollout}: {said}. The job that runs it ({lease.holder}) acts on it within {_SOON} s.\n"
        "See what it does: tidegate status      if that job is dead: tidegate resume"
    )
    return Done(text, 0, outputs(0, rollout=past.rollout, plan=past.plan.digest))


def _asked(past: Past, environment: str) -> Asked:
    ask = Progress.of(past.plan, past.events).ask
    if ask is None:
        raise Refusal(f"{past.rollout} asks nobody for an approval now", hint="See: tidegate status")
    if environment and environment not in (ask.environment, ask.wave):
        raise UsageError(
            f"{past.rollout} asks for `{ask.environment or ask.wave}`, not for `{environment}`",
            hint="See: tidegate status",
        )
    return ask


def _may_approve(who: Actor, past: Past, ask: Asked) -> None:
    """Not an author of what is rolled out, and one of those who were asked where some are named."""
    wrong = entitled(who.ground, past, ask.people).objection(who.by)
    if wrong:
        others = ", ".join(ask.people) or "anybody who may push to the audit branch"
        raise Refusal(wrong, hint=f"Ask somebody else: {others}. See: tidegate status")
