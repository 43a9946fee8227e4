"""The record of a project, for commands that only read it: they contact the audit remote and no device."""

from __future__ import annotations

import asyncio

from tidegate.app.ground import open_branch, stand
from tidegate.app.look import read_project
from tidegate.audit.shelf import Past
from tidegate.world import World


def recorded(world: World, folder: str) -> tuple[Past, ...]:
    """All rollouts of the project in `folder`, the oldest first. Raises RemoteAway, NoBranch, Tampered.

    A project that cannot be read as it lies there now has a record all the same.
    """
    ground = stand(world, folder)
    _, loaded = read_project(world, folder)
    project = loaded.project
    branch = open_branch(world, ground, project.audit_branch) if project else open_branch(world, ground)
    name = project.name if project else ground.name_hint
    tip = asyncio.run(branch.fetch())
    return tuple(past for past in tip.shelf.all() if past.lane.partition("/")[0] == name)
