"""Rolling out a revision: validated and planned again, opened in its lane, and carried out as far as this job may."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.app.actor import Actor, actor, going_on
from tidegate.app.contents import Contents
from tidegate.app.done import Done, job_done, outputs
from tidegate.app.ground import Ground, fetch_revision, open_branch, stand
from tidegate.app.opening import leave_open
from tidegate.app.prospect import Prospect, chosen_lane, prospect
from tidegate.app.resume import go_on
from tidegate.app.revision import read_revision
from tidegate.app.running import Ended, Work, new_owner
from tidegate.app.taking import carry_out, secrets_of
from tidegate.app.view import plan_view
from tidegate.audit.history import History
from tidegate.audit.shelf import Past
from tidegate.audit.store import Tip
from tidegate.errors import Held, UsageError
from tidegate.git.person import person
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
    base: str
    retried: Sequence[tuple[str, str]]


def deploy(world: World, folder: str, order: Order) -> Done:
    """Roll out the commit that is checked out, which must be on the remote. Uncommitted changes are named."""
    ground = stand(world, folder)
    commit = fetch_revision(ground, ground.clone.head())
    revision = read_revision(ground, commit)
    project = revision.project
    branch = open_branch(world, ground, project.audit_branch)
    who = Actor(world, ground, branch, project.name, person(ground.root, world.environ))
    tell_uncommitted(world, ground, "deployed")
    tip = asyncio.run(branch.fetch())
    history = History.of(tip.shelf.all(), project.name)
    lane = f"{project.name}/{chosen_lane(project, order.strategy)}"
    base = history.revisions.get(lane, "")
    if base and _is_older(ground, commit, base):
        return _superseded(commit, base)
    newest = tip.shelf.newest_of(lane)
    if order.open_only and newest is not None and newest.ended is None and newest.plan.revision == commit:
        return asyncio.run(_take_up(who, newest))  # a plan job that runs again
    found = prospect(revision, order.strategy, history, retry=bool(order.retry))
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
            return asyncio.run(_roll_out(Ready(who, tip, plan, found.contents(plan), base, retried), order))


def deploy_leg(world: World, folder: str, rollout: str, leg: str, *, now: bool = False) -> Done:
    """One job's part of an open rollout: the waves of one environment."""
    who = actor(world, folder)
    tip = asyncio.run(who.branch.fetch())
    past = going_on(tip.shelf.all(), who.project, rollout)
    legs = list(dict.fromkeys(wave.leg for wave in past.plan.waves))
    if leg not in legs:
        raise UsageError(f"{past.rollout} has no leg `{leg}`", hint=f"It has: {' '.join(legs)}")
    return go_on(who, past, now=now, seat=Seat(leg=leg), code=lambda ended: _leg_code(ended, legs, leg))


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
    paths = ground.clone.uncommitted()
    if paths:
        world.tell(f"Not {what}, for it is not committed: {names(paths)}")


def _is_older(ground: Ground, commit: str, base: str) -> bool:
    """Is `commit` before what was deployed last? Held where neither descends from the other."""
    git = ground.git
    if git.resolve(base) is not None and git.is_ancestor(base, commit):
        return False
    if git.resolve(base) is not None and git.is_ancestor(commit, base):
        return True
    raise Held(
        f"{commit[:7]} does not descend from {base[:7]}, which was deployed last: history was rewritten",
        hint=f"Nothing was started. Bring that commit in: git merge {base[:7]}      or go back: tidegate rollback",
    )


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


async def _roll_out(ready: Ready, order: Order) -> Done:
    who = ready.who
    lane = who.lane(f"{ready.plan.project}/{ready.plan.strategy}")
    secrets = await secrets_of(who, ready.contents, ready.plan)
    held = await lane.open(ready.plan, _opened(ready, order), who.holder, _retries(ready, order))
    if order.open_only:
        ended = await leave_open(held, who.world.clock)
        return job_done(held.record(), ended, exit_code=0)
    ended = await carry_out(who, held, Work(ready.contents, secrets, ready.tip.audit))
    return job_done(held.record(), ended)


def _opened(ready: Ready, order: Order) -> Opened:
    asked = {"by": ready.who.by, "event": "command"}
    if order.over_drift:
        asked["over_drift"] = order.over_drift
    return Opened(
        at=ready.who.world.clock.now(),
        o=new_owner(),
        k=1,
        kind="deploy",
        revision=ready.plan.revision,
        base=ready.base,
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
    ended = await leave_open(held, who.world.clock)
    return job_done(held.record(), ended, exit_code=0)
