"""The audit branch for people: made, read, and held against itself and what was seen of it before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tidegate.app.ground.actor import actor, names, of_project
from tidegate.app.ground.recorded import recorded
from tidegate.app.ground.stand import audit_store, open_branch, stand
from tidegate.app.status import is_dead
from tidegate.audit.owed import Settled, settle
from tidegate.audit.shelf import Past
from tidegate.audit.store import Tip
from tidegate.audit.trouble import NoBranch
from tidegate.audit.verify import verify as verify_branch
from tidegate.errors import UsageError
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.model.verified import Verified
from tidegate.report.audit import Row
from tidegate.report.status import IsDead, stage
from tidegate.rollout.progress import Progress
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Begun:
    """The branch is there; `made` says whether it was made just now."""

    name: str
    tip: Tip
    made: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """The branch `name` was verified. `compared`: with what, beside itself, in words."""

    name: str
    verified: Verified
    compared: tuple[str, ...]


def begin(world: World, folder: str) -> Begun:
    """Make the audit branch where there is none: this is the only place that does."""
    ground = stand(world, folder)
    branch = open_branch(world, ground, names(world, ground, folder)[1])
    tip, made = asyncio.run(branch.begin())
    return Begun(branch.name, tip, made)


def log(world: World, folder: str, last: int) -> tuple[list[Row], int]:
    """The `last` rollouts of the project, the newest first, and how many older ones there are."""
    pasts = recorded(world, folder)
    dead = judge_of_death(world)
    return [_row(past, dead) for past in reversed(pasts[-last:])], max(0, len(pasts) - last)


def show(world: World, folder: str, rollout: str) -> tuple[Record, str]:
    """One rollout, and the name of the branch that has its record. UsageError where there is none of that name."""
    ground = stand(world, folder)
    project, audit = names(world, ground, folder)
    branch = open_branch(world, ground, audit)
    tip = asyncio.run(branch.fetch())
    found = next((past for past in of_project(tip.shelf.all(), project) if past.rollout == rollout), None)
    if found is None:
        raise UsageError(f"there is no rollout `{rollout}` of {project}", hint="See: tidegate audit log")
    return found.record, branch.name


def verify(world: World, folder: str, tip: str = "") -> Looked:
    """Every commit of the branch, and what was seen of it here; with `tip` also that commit must be on it.

    Raises RemoteAway where it cannot be reached, NoBranch where there is none and nobody says that there was.
    """
    ground = stand(world, folder)
    store = audit_store(ground, names(world, ground, folder)[1])
    seen = store.seen()
    commit = store.newest(seen)
    known = {**({seen: "seen on this machine"} if seen else {}), **({tip: "the tip you name"} if tip else {})}
    if commit is None and not known:
        raise NoBranch(f"there is no audit branch {store.name}", hint="Make it, once: tidegate audit init")
    verified = verify_branch(ground.git, commit, known)
    if commit is not None and not verified.faults:
        store.remember(commit)
    return Looked(store.name, verified, tuple(f"{known_[:12]}, {whence}" for known_, whence in known.items()))


def sync(world: World, folder: str) -> Sequence[Settled]:
    """Write to the branch what the spools of this machine still hold. Contacts no device, decides nothing."""
    who = actor(world, folder)
    return asyncio.run(settle(who.branch, who.spools, who.by))


def judge_of_death(world: World) -> IsDead:
    """Whether a holder counts as dead now."""
    now = world.clock.now()
    return lambda head: is_dead(head, now)


def _row(past: Past, dead: IsDead) -> Row:
    """Of a rollout that has ended only its first and its newest records are read."""
    ended = past.ended
    if ended is not None:
        return Row(past.rollout, past.lane, past.opened, ended.result, ended.counts, ended.at, ended.reason)
    progress = Progress.of(past.plan, past.events)
    state = stage(past.record, progress, dead).replace("_", " ")
    return Row(past.rollout, past.lane, past.opened, state, _counts(progress))


def _counts(progress: Progress) -> dict[str, int]:
    states: Iterable[State] = State
    totals = {state.value: sum(tally.count(state) for tally in progress.tallies) for state in states}
    return {state: number for state, number in totals.items() if number}
