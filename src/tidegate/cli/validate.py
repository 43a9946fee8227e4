"""`tidegate validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.options import format_option, project_option
from tidegate.errors import UsageError
from tidegate.escape import json_text, line
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.app.change.validate import Validation
    from tidegate.model.run import Run


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
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.workflow_commands import workflow_text

    world: World = ctx.obj
    began = world.clock.monotonic()
    if head and not base:
        raise UsageError("--head is for --base: who judges it?", hint="tidegate validate --base main --head REV")
    found = _found(world, folder, base, head)
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


def _found(world: World, folder: str, base: str, head: str) -> Validation | None:
    """What was found; None where a job of a workflow has nothing to judge."""
    from tidegate.app.change.validate import validate as check
    from tidegate.app.change.validate import validate_against

    if head:
        return validate_against(world, folder, base, head)
    if world.run is not None:
        return _in_job(world, world.run, folder, base)
    return validate_against(world, folder, base) if base else check(world, folder)


def _in_job(world: World, run: Run, folder: str, base: str) -> Validation | None:
    """The event's commit, judged by the base of its pull request; shown at its head."""
    from tidegate.app.checked import show_elsewhere, show_judged
    from tidegate.app.judged import judge
    from tidegate.report.markdown import findings_markdown
    from tidegate.report.plan import plan_markdown

    if run.elsewhere:
        world.say(line(f"Not judged: it goes to {run.elsewhere}, and only {run.default} is deployed."))
        show_elsewhere(world, run)
        return None
    began = world.clock.monotonic()
    judged = judge(world, run, folder, base)
    seconds, found = world.clock.monotonic() - began, judged.validation
    if len(judged.views) == 1:
        world.outputs({"plan": judged.views[0].plan.digest})
    plans = [plan_markdown(view) for view in judged.views]
    world.summary(lambda: "\n\n".join([findings_markdown(found.report, seconds), *plans]))
    show_judged(world, run, judged, seconds)
    return found
