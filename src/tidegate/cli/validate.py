"""`tidegate validate`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="Check everything: files, references, the plan, policies.")
@format_option("text", "json", "github")
@project_option
@click.pass_context
def validate(ctx: click.Context, *, form: str, folder: str) -> None:
    """Check the project as it lies here, uncommitted changes too. No device is contacted.

    Every complaint has file, line, rule, and what to do. Exit code 1 where there is an error. `github` says the same
    as annotations of a workflow step.
    """
    from tidegate.app.validate import validate as check
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.markdown import findings_markdown
    from tidegate.report.workflow_commands import workflow_text

    world: World = ctx.obj
    began = world.clock.monotonic()
    found = check(world, folder)
    seconds = world.clock.monotonic() - began
    world.summary(lambda: findings_markdown(found.report, seconds))
    match form:
        case "json":
            said = findings_json(found.report, exit_code=found.exit_code, seconds=seconds)
            world.say(json_text(said))
        case "github":
            world.say(workflow_text(found.report, found.text_of, seconds))
        case _:
            world.say(findings_text(found.report, found.text_of, seconds, colour=world.colour))
    ctx.exit(found.exit_code)
