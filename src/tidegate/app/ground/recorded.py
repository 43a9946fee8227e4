"""The record of a project, for commands that only read it: they contact the audit remote and no device."""

from __future__ import annotations

import asyncio

from tidegate.app.ground.actor import names, of_project
from tidegate.app.ground.stand import open_branch, stand
from tidegate.audit.shelf import Past
from tidegate.world import World


def recorded(world: World, folder: str) -> tuple[Past, ...]:
    """All rollouts of the project in `folder`, the oldest first. Raises RemoteAway, NoBranch, Tampered.

    A project that cannot be read as it lies there now has a record all the same.
    """
    ground = stand(world, folder)
    name, audit = names(world, ground, folder)
    tip = asyncio.run(open_branch(world, ground, audit).fetch())
    return of_project(tip.shelf.all(), name)
