"""`tidegate`: the group of all commands."""

from __future__ import annotations

import click

from tidegate import __version__
from tidegate.cli.edge import Edge
from tidegate.world import real_world

COMMANDS = {
    "init": "tidegate.cli.init:init",
    "doctor": "tidegate.cli.doctor:doctor",
    "validate": "tidegate.cli.validate:validate",
    "render": "tidegate.cli.render:render",
    "schema": "tidegate.cli.schema:schema",
    "fleet": "tidegate.cli.fleet:fleet",
    "plan": "tidegate.cli.plan:plan",
    "deploy": "tidegate.cli.deploy:deploy",
    "status": "tidegate.cli.status:status",
    "approve": "tidegate.cli.people:approve",
    "abort": "tidegate.cli.people:abort",
    "pause": "tidegate.cli.people:pause",
    "resume": "tidegate.cli.resume:resume",
    "wake": "tidegate.cli.resume:wake",
    "rollback": "tidegate.cli.rollback:rollback",
    "audit": "tidegate.cli.audit:audit",
    "metrics": "tidegate.cli.metrics:metrics",
    "demo": "tidegate.cli.demo:demo",
}


@click.group(cls=Edge, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tidegate")
@click.option("--no-color", is_flag=True, help="Plain words, no colour, no live block.")
@click.pass_context
def cli(ctx: click.Context, *, no_color: bool) -> None:
    """Roll out what is in git: validated, planned, in waves, gated by health, recorded in git.

    A first look: tidegate demo. In a project: tidegate validate, tidegate plan, tidegate deploy.
    """
    if ctx.obj is None:
        ctx.obj = real_world(plain=no_color)
