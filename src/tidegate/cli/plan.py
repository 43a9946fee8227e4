"""`tidegate plan`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option, strategy_option
from tidegate.world import World


@click.command(short_help="What a deploy would do: who changes, how, in which waves.")
@strategy_option
@format_option("text", "json", "markdown")
@project_option
@click.pass_context
def plan(ctx: click.Context, *, strategy: str, form: str, folder: str) -> None:
    """What the commit that is checked out would do, by the record. No device is contacted.

    Exit code 1 where it is refused, and why. The plan has a digest: approvals bind to it, and it is the same for a
    merge, a squash and a rebase of the same files.
    """
    from tidegate.cli.saying import say_plan

    world: World = ctx.obj
    ctx.exit(say_plan(world, folder, strategy, form))
