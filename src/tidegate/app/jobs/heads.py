"""Which lanes are free, and have something to do at the newest commit of the default branch."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.app.change.prospect import prospect
from tidegate.app.change.ranges import standing
from tidegate.app.change.revision import read_revision
from tidegate.app.ground.actor import Actor
from tidegate.app.ground.stand import fetch_revision
from tidegate.audit.history import History
from tidegate.errors import Refusal
from tidegate.model.plan import Plan


async def next_in_lanes(who: Actor, head: str, strategies: Sequence[str] = ()) -> Sequence[str]:
    """Strategies (of those named, if any are) whose lane is free, and in which `head` would change something.

    A commit that changes nothing is not started again and again, nor is one that is refused: its own run said so.
    """
    commit = fetch_revision(who.ground, head)
    shelf = (await who.branch.fetch()).shelf
    history = History.of(shelf.all(), who.project)
    revision = read_revision(who.ground, commit)
    try:
        lanes = [name for name in revision.project.strategies if not strategies or name in strategies]
    except Refusal:
        return ()
    due = []
    for name in sorted(lanes):
        lane = f"{who.project}/{name}"
        newest = shelf.newest_of(lane)
        recorded = history.revisions.get(lane, "")
        occupied = newest is not None and newest.ended is None
        if occupied or commit == recorded or standing(who.ground.git, commit, recorded) == "older":
            continue
        answer = prospect(revision, name, history, who.world.environ).answer
        if isinstance(answer, Plan) and answer.devices:
            due.append(name)
    return due
