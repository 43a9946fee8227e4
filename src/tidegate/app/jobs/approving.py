"""The gate job of a workflow: who approved its environment is read from GitHub, counted by us, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.carrying.hub import hub
from tidegate.app.carrying.opening import who_goes_on
from tidegate.app.ground.actor import Actor, actor, named
from tidegate.app.jobs.entitled import Entitled, entitled
from tidegate.app.jobs.reviewers import GATE, Said, reviewers, write_down
from tidegate.audit.shelf import Past
from tidegate.errors import UsageError
from tidegate.model.event import Asked
from tidegate.report.people import count
from tidegate.rollout.decide import Leave, Stamp
from tidegate.rollout.progress import Progress
from tidegate.world import World


def approve_by_environment(world: World, folder: str, rollout: str, environment: str) -> Done:
    """Write down who approved `<environment>-approval` in this run, as far as they count; then say which leg is next.

    An approval serves one question about one plan, once. Exit code 1 while approvals are missing: the job that is run
    again asks the reviewers anew.
    """
    who = actor(world, folder)
    return asyncio.run(_approve(who, rollout, environment))


async def _approve(who: Actor, rollout: str, environment: str) -> Done:
    began = who.world.clock.now()
    past = named((await who.branch.fetch()).shelf.all(), who.project, rollout)
    ask = _open_ask(past, environment)
    if ask is None:
        return _not_asked(past, environment, began)
    pasts = (await who.branch.fetch()).shelf.all()
    async with hub(who.world) as github:
        run = who.world.run
        if github is None or run is None:
            raise UsageError(
                "approvals of an environment are read in a job of a workflow, and this is none",
                hint="On your own machine you say yes yourself: tidegate approve",
            )
        words = await reviewers(github, run.number, environment, pasts)
    for word in _counted(who, entitled(who.ground, past, ask.people), words):
        past = await write_down(who, run, past, ask, word, began)
    return _after(past, ask, environment, began)


def _open_ask(past: Past, environment: str) -> Asked | None:
    """The question that is open for this environment."""
    if past.ended is not None:
        return None
    progress = Progress.of(past.plan, past.events)
    ask = progress.ask
    if ask is None or progress.rejected is not None or ask.environment != environment:
        return None
    return ask


def _counted(who: Actor, right: Entitled, words: Sequence[Said]) -> Sequence[Said]:
    """Those that count; why others do not is said. One person's two words are one.

    Of several people's in one run nobody can tell which attempt, and so which plan, each one saw: none counts.
    """
    good: dict[str, Said] = {}
    for word in words:
        objection = f"{word.by} is no person" if not word.person else right.objection(word.by)
        if not word.approved:
            who.world.tell(f"{word.by} said no: {word.comment or 'no reason given'}")
        elif objection:
            who.world.tell(f"Does not count: {objection}.")
        else:
            good.setdefault(word.by.lower(), word)
    if len(good) < 2:
        return tuple(good.values())
    names = ", ".join(word.by for word in good.values())
    who.world.tell(
        f"None counts: {names} approved in this run, and the record has none of them. GitHub does not tell which\n"
        "attempt, so which plan, each of them saw. Start a new run of this workflow, or: tidegate approve"
    )
    return ()


def _after(past: Past, ask: Asked, environment: str, now: datetime) -> Done:
    progress = Progress.of(past.plan, past.events)
    by = ", ".join(sorted(progress.approvals)) or "nobody"
    missing = ask.count - len(progress.approvals)
    known = {"rollout": past.rollout, "plan": past.plan.digest}
    if missing > 0:
        text = (
            f"✗ `{ask.wave}` of {past.rollout} waits: {count(missing, 'approval')} more of `{environment}{GATE}`; "
            f"so far: {by}.\n  Run this job again, and let somebody else approve it; or: tidegate approve"
        )
        return Done(text, 1, outputs(1, ask=environment, decision="ask", **known))
    leave = _next(progress, now)
    text = f"✓ `{ask.wave}` of {past.rollout} is approved by {by}, plan {past.plan.digest}."
    return _said(text, leave, known)


def _not_asked(past: Past, environment: str, now: datetime) -> Done:
    known = {"rollout": past.rollout, "plan": past.plan.digest}
    if past.ended is not None:
        text = f"{past.rollout} has ended already: {past.ended.result}. Whoever approves now approves nothing."
        return Done(text, 0, outputs(0, decision="done", result=past.ended.result.value, **known))
    text = f"{past.rollout} asks nobody for `{environment}` now. See: tidegate status"
    return _said(text, _next(Progress.of(past.plan, past.events), now), known)


def _next(progress: Progress, now: datetime) -> Leave:
    return who_goes_on(progress, Stamp(o="", k=0, seq=0, at=now))[1]


def _said(text: str, leave: Leave, known: dict[str, str]) -> Done:
    code = 5 if leave.decision == "hold" else 0
    leg = {"next": leave.leg} if leave.decision == "next" else {"ask": leave.leg} if leave.decision == "ask" else {}
    return Done(text, code, outputs(code, decision=leave.decision, **leg, **known))
