"""GitHub as a job of a workflow has it: with the job's token, for as long as it is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tidegate.app.change.ranges import Attribution
from tidegate.app.ground.actor import Actor
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.github.client import Client


@asynccontextmanager
async def hub(world: World) -> AsyncIterator[Client | None]:
    """GitHub's client; None where a person acts, not a job."""
    if world.run is None:
        yield None
        return
    from tidegate.github.client import client

    async with client(world.environ, world.run.token, world.clock) as github:
        yield github


@asynccontextmanager
async def attribution_of(who: Actor) -> AsyncIterator[Attribution | None]:
    """Whoever knows which pull request brought a commit; None where a person acts."""
    async with hub(who.world) as github:
        if github is None or who.world.run is None:
            yield None
            return
        from tidegate.github.attribution import PullRequests

        yield PullRequests(github.pulls, who.world.run.default)
