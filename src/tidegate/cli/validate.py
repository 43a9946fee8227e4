"""`tidegate validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text, line
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.app.validate import Validation


@click.command(short_help="Check everything: files, references, the plan, policies.")
@format_option("text", "json", "github")
@project_option
@click.pass_context
def validate(ctx: click.Context, *, form: str, folder: str) -> None:
    """Check the project as it lies here, uncommitted changes too. No device is contacted.

    Every complaint has file, line, rule, and what to do. Exit code 1 where there is an error. `github` says the same
    as annotations of a workflow step.
    """
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.workflow_commands import workflow_text

    world: World = ctx.obj
    began = world.clock.monotonic()
    found = _found(world, folder, began)
    if found is None:
        return
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


def _found(world: World, folder: str, began: float) -> Validation | None:
    """What was found, shown at the commit where a job of a workflow asks; None where there is nothing to judge."""
    from tidegate.app.validate import validate as check
    from tidegate.report.markdown import findings_markdown
    from tidegate.report.plan import plan_markdown

    if world.run is None:
        return check(world, folder)
    from tidegate.app.checked import show_elsewhere, show_judged
    from tidegate.app.judged import judge

    if world.run.elsewhere:
        world.say(
            f"Not judged: it goes to {line(world.run.elsewhere)}, and only {line(world.run.default)} is deployed."
        )
        show_elsewhere(world, world.run)
        return None
    judged = judge(world, world.run, folder)
    seconds, found = world.clock.monotonic() - began, judged.validation
    plans = [plan_markdown(view) for view in judged.views]
    if len(judged.views) == 1:
        world.outputs({"plan": judged.views[0].plan.digest})
    world.summary(lambda: "\n\n".join([findings_markdown(found.report, seconds), *plans]))
    show_judged(world, world.run, judged, seconds)
    return found
