"""A change on GitHub: the event's commit judged, and what it would do by the record, in every lane."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.app.change.head_lines import HeadLines
from tidegate.app.change.prospect import Prospect, whole
from tidegate.app.change.revision import Revision, read_revision
from tidegate.app.change.validate import Recorded, Validation, validate_tree
from tidegate.app.change.view import plan_view
from tidegate.app.ground.stand import Ground, open_branch, stand
from tidegate.app.plan import NO_RECORD
from tidegate.audit.history import History
from tidegate.audit.trouble import NoBranch
from tidegate.model.run import Run
from tidegate.report.plan import PlanView
from tidegate.tree import CommitTree, Tree
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Judged:
    """`views` are the plans of lanes in which something would change; none where there are errors. `lines`: where
    lines of what was judged stand in the commit that is shown."""

    validation: Validation
    views: tuple[PlanView, ...]
    lines: HeadLines


def judge(world: World, run: Run, folder: str, base: str = "") -> Judged:
    """Judged by `base`, or by that of its pull request; by itself where it has none. Contacts no device.

    RemoteAway where a commit cannot be had.
    """
    ground = stand(world, folder)
    revision = read_revision(ground, ground.footing.bring(ground.git))
    history, notes = _history(world, ground, revision)
    found = validate_tree(
        revision.tree,
        revision.loaded,
        Recorded(history.running, history.bad),
        environ=world.environ,
        revision=revision.commit,
        base=_base(world, ground, run, base or run.base),
    )
    views = tuple(_views(world, ground, revision, found, history, notes)) if found.exit_code == 0 else ()
    return Judged(found, views, HeadLines.of(ground, revision, run.shown))


def _base(world: World, ground: Ground, run: Run, commit: str) -> tuple[Tree, str] | None:
    if not commit:
        return None
    git, [base] = ground.footing.copies(world, [commit])
    return CommitTree(git, base), f"{run.default} ({base[:7]})"


def _history(world: World, ground: Ground, revision: Revision) -> tuple[History, tuple[str, ...]]:
    """What the record knows; without one all of it counts as new, which is said."""
    project = revision.loaded.project
    if project is None:
        return History.of((), ""), ()
    try:
        tip = asyncio.run(open_branch(world, ground, project.audit_branch).fetch())
    except NoBranch:
        return History.of((), project.name), (NO_RECORD,)
    return History.of(tip.shelf.all(), project.name), ()


def _views(
    world: World, ground: Ground, revision: Revision, found: Validation, history: History, notes: tuple[str, ...]
) -> Iterator[PlanView]:
    for lane, answer in sorted(found.plans.items()):
        if whole(answer).devices:
            prospect = Prospect(revision, lane, found, answer, {})
            yield plan_view(ground, prospect, history, world.clock.now(), notes)
