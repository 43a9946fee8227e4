"""The last job of a workflow: what ended without a word is written down, and what waits in the lane is started."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.carrying.hub import hub
from tidegate.app.carrying.reporting import report_once
from tidegate.app.carrying.running import new_owner
from tidegate.app.ground.actor import Actor, actor, named
from tidegate.app.jobs.dispatching import Dispatcher, starting
from tidegate.app.jobs.heads import next_in_lanes
from tidegate.app.jobs.reviewers import reviewers, write_down
from tidegate.audit.lease import lease_of
from tidegate.audit.shelf import Past
from tidegate.audit.trouble import Busy
from tidegate.errors import UsageError
from tidegate.model.event import Approved, EndedEvent, Event, HeldEvent, LeaseTaken
from tidegate.model.record import Record
from tidegate.model.state import ENDS, HeldKind, State
from tidegate.report.held import waiting
from tidegate.rollout.decide import Do, Seat, Stamp, decide, is_expired
from tidegate.rollout.progress import Progress
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.github.client import Client
    from tidegate.model.run import Run

_QUIET = frozenset({State.PENDING, State.CONFIRMED}) | ENDS


def settle(world: World, folder: str, rollout: str) -> Done:
    """After a run's other jobs: write down a rejection and a cancellation, end what needs no device any more, start
    what goes on at once. Touches no device, and takes the lease only where it is free."""
    who = actor(world, folder)
    return asyncio.run(_settle(who, rollout))


async def _settle(who: Actor, rollout: str) -> Done:
    past = named((await who.branch.fetch()).shelf.all(), who.project, rollout)
    async with hub(who.world) as github:
        if github is None or who.world.run is None:
            raise UsageError("this is no job of a workflow", hint="Here: tidegate wake")
        if past.ended is None:
            past = await _write_rejection(who, github, who.world.run, past)
            past = await conclude(who, past, cancelled=await _was_cancelled(github, who.world.run, past))
        said = [standing(past)]
        if past.ended is not None or _has_news(past, who.world.run):
            dispatcher = Dispatcher.of(who, github, who.world.run)
            if past.ended is None:
                said.append(await dispatcher.go_on(past))
            else:
                due = await next_in_lanes(who, await dispatcher.head(), [past.plan.strategy])
                said += [await dispatcher.deploy_head(name) for name in due]
    known = {"rollout": past.rollout, "plan": past.plan.digest, "decision": "done"}
    result = past.ended.result.value if past.ended is not None else ""
    return Done("\n".join(said), 0, outputs(0, result=result, **known))


def is_of_workflow(who: Actor, past: Past) -> bool:
    """Is it carried out by a workflow's jobs, which have the devices' secrets, and not by who speaks here?"""
    return who.world.run is not None or "run" in past.opened.asked


async def act_on(who: Actor, past: Past, said: str) -> Done:
    """The end of a command that has written a person's word to a rollout of a workflow: what needs no device follows
    here and now; all the rest the workflow of its lane does. A job starts it, a person is told how to."""
    past = await conclude(who, past)
    text = f"Said to {past.rollout}: {said}."
    if past.ended is not None:
        known = {"rollout": past.rollout, "plan": past.plan.digest, "result": past.ended.result.value}
        return Done(f"{text} {standing(past)}", 0, outputs(0, decision="done", **known))
    async with hub(who.world) as github:
        if github is not None and who.world.run is not None:
            after = await Dispatcher.of(who, github, who.world.run).go_on(past)
        else:
            after = f"Its workflow acts on it within the hour.\n{starting(who, past)}"
    done = outputs(0, rollout=past.rollout, plan=past.plan.digest, decision="done")
    return Done(f"{text} {after}", 0, done)


def standing(past: Past) -> str:
    """One line: how it ended, or what it waits for."""
    if past.ended is not None:
        return f"{past.rollout} ended {past.ended.result}: {past.ended.reason}."
    return f"{past.rollout} has not ended{waiting(Progress.of(past.plan, past.events))}"


async def _write_rejection(who: Actor, github: Client, run: Run, past: Past) -> Past:
    """A gate that was rejected never ran: who said no, and why, is read from GitHub."""
    ask = Progress.of(past.plan, past.events).ask
    if ask is None or not ask.environment or Progress.of(past.plan, past.events).rejected is not None:
        return past
    pasts = (await who.branch.fetch()).shelf.all()
    words = await reviewers(github, run.number, ask.environment, pasts)
    no = next((word for word in words if not word.approved), None)
    if no is None:
        return past
    return await write_down(who, run, past, ask, no, who.world.clock.now())


async def _was_cancelled(github: Client, run: Run, past: Past) -> bool:
    """Was this very run cancelled, and did nobody act on the rollout after it?"""
    if not past.newest.head.holder.startswith(f"gh:{run.number}/"):
        return False
    return any(job.conclusion == "cancelled" for job in await github.runs.jobs(int(run.number)))


async def conclude(who: Actor, past: Past, *, cancelled: bool = False) -> Past:
    """Write the end that follows from people's words or from time, where no device has to be asked or taken back;
    or that it is held, for its run was cancelled. Nothing where somebody has the lease."""
    progress = Progress.of(past.plan, past.events)
    due = cancelled or progress.rejected is not None or progress.unacted or is_expired(progress, who.world.clock.now())
    if not due or lease_of(past.newest.head).held or not _rests(progress):
        return past
    if _conclusion(progress, who.world.clock.now(), 0, "", cancelled=cancelled) is None:
        return past
    try:
        held = await who.lane(past.lane).acquire(past.rollout, who.holder)
    except Busy:
        return past  # somebody was quicker, and acts on it
    owner = new_owner()

    def write(record: Record, seq: int) -> tuple[Sequence[Event], bool]:
        now = Progress.of(record.plan, record.events)
        event = _conclusion(now, who.world.clock.now(), seq, owner, cancelled=cancelled)
        return ([event] if event is not None else ()), True

    await held.append((), write)
    await report_once(who, held.record())
    return (await who.branch.fetch()).shelf.pasts[past.rollout]


def _rests(progress: Progress) -> bool:
    """Taking the lease of devices at work would make them unknown, and there is nobody here to ask them."""
    return all(standing.state in _QUIET for standing in progress.devices.values())


def _conclusion(progress: Progress, now: datetime, seq: int, owner: str, *, cancelled: bool) -> Event | None:
    stamp = Stamp(o=owner, k=1, seq=seq, at=now)
    step = decide(progress, now, stamp, Seat(leg=""))
    if isinstance(step, Do) and isinstance(step.event, EndedEvent):
        return step.event
    spoken = progress.back or progress.stop or progress.rejected or progress.unacted
    if not cancelled or spoken or progress.hold is not None:
        return None
    text = "the run was cancelled"
    return HeldEvent(at=now, o=owner, k=1, hold=seq, kind=HeldKind.CANCELLED, text=text)


def _has_news(past: Past, run: Run) -> bool:
    """Is there something that this run has not had its chance to act on: a word that came after it took the lease
    last, or a soak that was longer than its job? What it had its chance at and failed is for people, and for `wake`:
    else a run that always fails would start itself for ever."""
    progress = Progress.of(past.plan, past.events)
    if lease_of(past.newest.head).held:
        return False
    if progress.hold is not None:
        return progress.hold.kind is HeldKind.SOAK
    taken = max((number for number, each in enumerate(past.events) if isinstance(each, LeaseTaken)), default=-1)
    later = past.events[taken + 1 :]
    return any(word in later and not _is_own(word, run) for word in progress.unacted)


def _is_own(word: Event, run: Run) -> bool:
    """An approval that this very run's gate wrote: its leg was there to act on it."""
    return isinstance(word, Approved) and word.run == run.number
