"""`tidegate status`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="What is going on, and why.")
@format_option("text", "json")
@project_option
@click.pass_obj
def status(world: World, *, form: str, folder: str) -> None:
    """The newest rollout of every strategy: what it does or waits for, who may do what.

    It reads the record and contacts no device. Times are UTC. Exit code 0 whatever it says.
    """
    from tidegate.app.status import status_json, status_text

    if form == "json":
        world.say(json_text(status_json(world, folder)))
    else:
        world.say(status_text(world, folder))
