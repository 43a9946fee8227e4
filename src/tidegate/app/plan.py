"""What the commit that is checked out would do. Contacts no device and no probe; reads the audit branch if it can."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tidegate.app.change.prospect import Prospect, prospect
from tidegate.app.change.revision import read_revision
from tidegate.app.change.view import plan_view
from tidegate.app.deploy import tell_uncommitted
from tidegate.app.ground.stand import open_branch, stand
from tidegate.audit.history import History
from tidegate.audit.trouble import NoBranch
from tidegate.report.plan import PlanView
from tidegate.world import World

NO_RECORD = "There is no audit branch yet, so all of it counts as new: tidegate audit init"


@dataclass(frozen=True, slots=True)
class Planned:
    """`view` is None where validation found faults: `found` has them."""

    found: Prospect
    view: PlanView | None

    @property
    def exit_code(self) -> int:
        return 1 if self.view is None or self.view.refused else 0


def plan(world: World, folder: str, strategy: str = "", *, retry: bool = False) -> Planned:
    """Refusal where the project cannot be read, RemoteAway where the record cannot."""
    ground = stand(world, folder)
    revision = read_revision(ground, ground.footing.bring(ground.git))
    project = revision.project
    tell_uncommitted(world, ground, "planned")
    notes: tuple[str, ...] = ()
    try:
        pasts = asyncio.run(open_branch(world, ground, project.audit_branch).fetch()).shelf.all()
    except NoBranch:
        pasts, notes = (), (NO_RECORD,)
    history = History.of(pasts, project.name)
    found = prospect(revision, strategy, history, world.environ, retry=retry)
    if found.answer is None:
        return Planned(found, None)
    return Planned(found, plan_view(ground, found, history, world.clock.now(), notes))
