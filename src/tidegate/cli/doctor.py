"""`tidegate doctor`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="Whether the gates on GitHub are real, and how to make them so.")
@format_option("text", "json")
@project_option
@click.pass_context
def doctor(ctx: click.Context, *, form: str, folder: str) -> None:
    """Look whether the repository is set up so that nothing goes round the gates; it changes nothing.

    Each gap comes with the command or the click that closes it. The token is that of GH_TOKEN or GITHUB_TOKEN; what
    it may not see is said to be not visible, and never counts as good. Exit code 0 where all is real, else 1.
    """
    from tidegate.app.doctor.look import doctor as look
    from tidegate.report.doctor import doctor_json, doctor_text

    world: World = ctx.obj
    diagnosis = look(world, folder)
    world.say(json_text(doctor_json(diagnosis)) if form == "json" else doctor_text(diagnosis))
    ctx.exit(diagnosis.exit_code)
