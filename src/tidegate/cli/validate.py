"""`tidegate validate`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.errors import UsageError
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="Check everything: files, references, the plan, policies.")
@format_option("text", "json", "github")
@project_option
@click.option("--base", default="", metavar="REV", help="The commit whose rules judge.  [default: its own]")
@click.option("--head", default="", metavar="REV", help="The commit to check, with --base.  [default: as it lies here]")
@click.pass_context
def validate(ctx: click.Context, *, form: str, folder: str, base: str, head: str) -> None:
    """Check the project as it lies here, uncommitted changes too. No device is contacted.

    Every complaint has file, line, rule, and what to do. Exit code 1 where there is an error. `github` says the same
    as annotations of a workflow step.

    The project is its own judge: its `checks`, schemas, policies and .yamllint. With --base those of another commit
    judge, as they do a pull request, and what changed rules would say is a notice.
    """
    from tidegate.app.validate import validate as check
    from tidegate.app.validate import validate_against
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.workflow_commands import workflow_text

    world: World = ctx.obj
    began = world.clock.monotonic()
    if head and not base:
        raise UsageError("--head is for --base: who judges it?", hint="tidegate validate --base main --head REV")
    found = validate_against(world, folder, base, head) if base else check(world, folder)
    seconds = world.clock.monotonic() - began
    match form:
        case "json":
            said = findings_json(found.report, exit_code=found.exit_code, seconds=seconds)
            world.say(json_text(said))
        case "github":
            world.say(workflow_text(found.report, found.text_of, seconds))
        case _:
            world.say(findings_text(found.report, found.text_of, seconds, colour=world.colour))
    ctx.exit(found.exit_code)
