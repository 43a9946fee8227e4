"""Who acts, and where: a person or a workflow's job, the audit branch of its remote, and the lanes of its project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.app.ground.look import read_project
from tidegate.app.ground.stand import Ground, open_branch, stand
from tidegate.audit.branch import Branch
from tidegate.audit.holder import Holder
from tidegate.audit.lane import Lane
from tidegate.audit.shelf import Past
from tidegate.audit.spool import FileSpools, spool_folder
from tidegate.errors import Refusal, UsageError
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Actor:
    """`by` is the person: on git's word, in a workflow's job GitHub's login of who started it. `project` is the
    project's name, the first half of its lanes' names."""

    world: World
    ground: Ground
    branch: Branch
    project: str
    by: str

    @property
    def holder(self) -> Holder:
        return self.ground.footing.holder(self.by)

    @property
    def asked(self) -> Mapping[str, str]:
        """How this was asked for, as the record says it."""
        return self.ground.footing.asked(self.by)

    @property
    def spools(self) -> FileSpools:
        return FileSpools(spool_folder(self.world.environ, self.world.state))

    def lane(self, name: str) -> Lane:
        """`name` is project/strategy."""
        return Lane(self.branch, name, self.spools)


def actor(world: World, folder: str) -> Actor:
    """Whoever calls a command in `folder`. UsageError where there is no project, no remote, or nobody."""
    ground = stand(world, folder)
    name, audit = names(world, ground, folder)
    return Actor(world, ground, open_branch(world, ground, audit), name, ground.footing.person())


def names(world: World, ground: Ground, folder: str) -> tuple[str, str]:
    """The names of the project and of its audit branch. A project that cannot be read as it lies there has the usual
    ones."""
    project = read_project(world, folder)[1].project
    return (project.name, project.audit_branch) if project else (ground.name_hint, "tidegate-audit")


def of_project(pasts: Sequence[Past], project: str) -> tuple[Past, ...]:
    """The rollouts of a project, in their order."""
    return tuple(past for past in pasts if past.lane.partition("/")[0] == project)


def named(pasts: Sequence[Past], project: str, rollout: str) -> Past:
    """The rollout of that id, be it over or not. UsageError where there is none."""
    found = next((past for past in of_project(pasts, project) if past.rollout == rollout), None)
    if found is None:
        raise UsageError(f"there is no rollout `{rollout}` of {project}", hint="See: tidegate audit log")
    return found


def going_on(pasts: Sequence[Past], project: str, rollout: str = "") -> Past:
    """The rollout that is meant: the one named, else the only one that has not ended.

    UsageError for a name that is not there and where several could be meant, Refusal where it has ended, or where
    nothing is going on.
    """
    own = of_project(pasts, project)
    if rollout:
        found = named(pasts, project, rollout)
        if found.ended is not None:
            raise Refusal(
                f"{rollout} has ended already: {found.ended.result}", hint=f"See: tidegate audit show {rollout}"
            )
        return found
    open_ones = [past for past in own if past.ended is None]
    if not open_ones:
        raise Refusal("nothing is going on: no rollout waits, and none runs", hint="See: tidegate audit log")
    if len(open_ones) > 1:
        raise UsageError(
            f"several rollouts are going on: {', '.join(past.rollout for past in open_ones)}",
            hint=f"Name the one you mean, for example {open_ones[0].rollout}",
        )
    return open_ones[0]
