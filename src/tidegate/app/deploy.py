"""Rolling out a revision: validated and planned again, opened in its lane, and carried out as far as this job may."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.app.carrying.done import Done, job_done, outputs, over
from tidegate.app.carrying.hub import attribution_of
from tidegate.app.carrying.objections import Objection, holding, objections, refusal
from tidegate.app.carrying.opening import leave_open
from tidegate.app.carrying.reporting import report_once
from tidegate.app.carrying.running import Ended, Work, new_owner
from tidegate.app.carrying.taking import carry_out, secrets_of
from tidegate.app.change.contents import Contents
from tidegate.app.change.prospect import Prospect, chosen_lane, prospect
from tidegate.app.change.ranges import Range, let_through, read_range, rewritten, standing
from tidegate.app.change.revision import Revision, read_revision
from tidegate.app.change.view import plan_view
from tidegate.app.ground.actor import Actor, actor, named
from tidegate.app.ground.stand import Ground, fetch_revision, open_branch, stand
from tidegate.app.resume import go_on
from tidegate.audit.held import Held as LaneHeld
from tidegate.audit.history import History
from tidegate.audit.shelf import Past
from tidegate.audit.store import Tip
from tidegate.errors import UsageError
from tidegate.model.change import change_json
from tidegate.model.event import Event, Opened, Retried
from tidegate.model.plan import Plan
from tidegate.report.findings import findings_text
from tidegate.report.people import names
from tidegate.report.plan import plan_text
from tidegate.rollout.decide import Seat
from tidegate.rollout.planner import Refused
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks of `deploy`. `retry` and `over_drift` are reasons; `open_only` touches no device."""

    strategy: str = ""
    retry: str = ""
    over_drift: str = ""
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan that may be carried out, and what the record said when it was made."""

    who: Actor
    tip: Tip
    plan: Plan
    contents: Contents
    retried: Sequence[tuple[str, str]]
    span: Range = Range()
    against: Sequence[Objection] = ()


def deploy(world: World, folder: str, order: Order) -> Done:
    """Roll out the commit that is checked out, which must be on the remote. Uncommitted changes are named."""
    ground = stand(world, folder)
    commit = fetch_revision(ground, ground.footing.commit())
    revision = read_revision(ground, commit)
    project = revision.project
    branch = open_branch(world, ground, project.audit_branch)
    who = Actor(world, ground, branch, project.name, ground.footing.person())
    tell_uncommitted(world, ground, "deployed")
    tip = asyncio.run(branch.fetch())
    history = History.of(tip.shelf.all(), project.name)
    lane = f"{project.name}/{chosen_lane(project, order.strategy)}"
    recorded = history.revisions.get(lane, "")
    stands = standing(ground.git, commit, recorded)
    if stands == "older":
        return _superseded(commit, recorded)
    if stands == "beside" and world.run is None:
        raise rewritten(commit, recorded)
    newest = tip.shelf.newest_of(lane)
    if order.open_only and newest is not None and newest.ended is None and newest.plan.revision == commit:
        return asyncio.run(_take_up(who, newest))  # a plan job that runs again
    found = prospect(revision, order.strategy, history, world.environ, retry=bool(order.retry))
    for strategy, devices in sorted(found.others.items()):
        world.tell(f"Strategy `{strategy}` has changes for {devices} devices: tidegate deploy --strategy {strategy}")
    match found.answer:
        case None:
            return _not_valid(found)
        case Refused():
            return _refused(who, found, history)
        case plan if not plan.devices:
            text = f"Nothing to do: by the record every device has what {commit[:7]} says."
            return Done(text, 0, outputs(0, plan=plan.digest, decision="done", result="nothing"))
        case plan:
            retried = _retried(plan, history) if order.retry else ()
            ready = Ready(who, tip, plan, found.contents(plan), retried)
            return asyncio.run(_judge_and_roll_out(ready, revision, order, beside=stands == "beside"))


def open_again(world: World, folder: str, rollout: str) -> Done:
    """The plan job of a run that was started to go on with a rollout: which leg is next, or who is asked."""
    who = actor(world, folder)
    past = named(asyncio.run(who.branch.fetch()).shelf.all(), who.project, rollout)
    return asyncio.run(_take_up(who, past)) if past.ended is None else over(past)


def deploy_leg(world: World, folder: str, rollout: str, leg: str, *, now: bool = False) -> Done:
    """One job's part of an open rollout: the waves of one environment."""
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    past = named(tip.shelf.all(), who.project, rollout)
    if past.ended is not None:
        return over(past)  # a leg that has done its part, and is run again
    legs = list(dict.fromkeys(wave.leg for wave in past.plan.waves))
    if leg not in legs:
        raise UsageError(f"{past.rollout} has no leg `{leg}`", hint=f"It has: {' '.join(legs)}")
    environment = next(wave.environment for wave in past.plan.waves if wave.leg == leg)
    seat = Seat(leg=leg)
    return go_on(who, past, now=now, seat=seat, environment=environment, code=lambda ended: _leg_code(ended, legs, leg))


def _leg_code(ended: Ended, legs: Sequence[str], leg: str) -> int:
    """0 where the leg has done its part and others are to go on; 5 where it could not begin, or is held in it."""
    leave = ended.leave
    if ended.signal or ended.progress.ended is not None or leave.decision == "hold":
        return ended.exit_code
    ask = ended.progress.ask
    turn = leave.leg
    if leave.decision == "ask" and ask is not None:
        turn = next(wave.leg for wave in ended.progress.plan.waves if wave.name == ask.wave)
    return 0 if legs.index(turn) > legs.index(leg) else 5


def tell_uncommitted(world: World, ground: Ground, what: str) -> None:
    """Names what lies in the folder and is in no commit."""
    paths = ground.footing.uncommitted()
    if paths:
        world.tell(f"Not {what}, for it is not committed: {names(paths)}")


def _superseded(commit: str, base: str) -> Done:
    text = f"Superseded: {commit[:7]} is older than {base[:7]}, which was deployed since. Nothing was contacted."
    return Done(text, 0, outputs(0, decision="done", result="superseded"))


def _not_valid(found: Prospect) -> Done:
    text = findings_text(found.validation.report, found.validation.text_of, 0.0)
    return Done(f"{text}\nNothing was rolled out.", 1, outputs(1, decision="refused", reason="findings"))


def _refused(who: Actor, found: Prospect, history: History) -> Done:
    text = plan_text(plan_view(who.ground, found, history, who.world.clock.now()))
    return Done(text, 1, outputs(1, decision="refused", reason="brake"))


def _retried(plan: Plan, history: History) -> Sequence[tuple[str, str]]:
    return sorted({(component, digest) for (_, component), digest in plan.targets.items()} & history.bad)


async def _judge_and_roll_out(ready: Ready, revision: Revision, order: Order, *, beside: bool) -> Done:
    """In a workflow's job every commit is accounted for; what a person deploys is that person's own command."""
    who, plan = ready.who, ready.plan
    base = let_through(ready.tip.shelf, f"{plan.project}/{plan.strategy}")
    async with attribution_of(who) as attribution:
        if attribution is None:
            return await _roll_out(replace(ready, span=Range(base)), order)
        span = await read_range(who.ground.git, base, revision.commit, attribution, beside=beside)
    no = refusal(revision, span)
    if no is not None:
        return no
    against = objections(who.ground, revision, plan.strategy, span)
    return await _roll_out(replace(ready, span=span, against=against), order)


async def _roll_out(ready: Ready, order: Order) -> Done:
    who = ready.who
    lane = who.lane(f"{ready.plan.project}/{ready.plan.strategy}")
    opened = _opened(ready, order)
    if order.open_only or ready.against:
        # No device is reached, so no secret is fetched: the plan job of a workflow has none.
        held = await lane.open(ready.plan, opened, who.holder, _retries(ready, order), holding(ready.against, opened))
        return await _left(who, held)
    secrets = await secrets_of(who, ready.contents, ready.plan)
    held = await lane.open(ready.plan, opened, who.holder, _retries(ready, order))
    ended = await carry_out(who, held, Work(ready.contents, secrets, ready.tip.audit))
    return job_done(held.record(), ended)


def _opened(ready: Ready, order: Order) -> Opened:
    asked = dict(ready.who.asked)
    if order.over_drift:
        asked["over_drift"] = order.over_drift
    return Opened(
        at=ready.who.world.clock.now(),
        o=new_owner(),
        k=1,
        kind="deploy",
        revision=ready.plan.revision,
        base=ready.span.base,
        changes=tuple(change_json(change) for change in ready.span.changes),
        plan="",
        file="",
        asked=asked,
        why=order.retry or order.over_drift,
    )


def _retries(ready: Ready, order: Order) -> Sequence[Event]:
    owner, at = new_owner(), ready.who.world.clock.now()
    return [
        Retried(at=at, o=owner, k=number, component=component, digest=digest, by=ready.who.by, why=order.retry)
        for number, (component, digest) in enumerate(ready.retried, start=1)
    ]


async def _take_up(who: Actor, past: Past) -> Done:
    held = await who.lane(past.lane).acquire(past.rollout, who.holder)
    return await _left(who, held)


async def _left(who: Actor, held: LaneHeld) -> Done:
    """A job that only opens has done its part, unless the rollout waits for somebody's answer."""
    ended = await leave_open(held, who.world.clock)
    await report_once(who, held.record())
    return job_done(held.record(), ended, exit_code=None if ended.leave.decision == "hold" else 0)
