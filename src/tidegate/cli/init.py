"""`tidegate init`."""

from __future__ import annotations

from typing import Any

import click

from tidegate.cli.options import project_option
from tidegate.errors import UsageError
from tidegate.world import World


@click.command(short_help="Begin a project here, with its workflows.")
@click.option(
    "--type", "kind", type=click.Choice(["files"]), default="files", show_default=True, help="What to roll out."
)
@click.option("--name", default="", metavar="NAME", help="The project's name.  [default: the folder's]")
@click.option("--strategy", default="default", show_default=True, metavar="S", help="The name of its strategy.")
@click.option(
    "--driver", type=click.Choice(["ssh", "local"]), default="ssh", show_default=True, help="How devices are reached."
)
@click.option("--no-workflows", is_flag=True, help="Without GitHub: no workflows, environments or approvals.")
@click.option("--runs-on", metavar="LABEL", help="The runner that reaches the devices; several labels with commas.")
@click.option("--hosted", metavar="LABEL", help="The runner for jobs that touch no device.")
@click.option("--ref", metavar="[OWNER/NAME@]REF", help="Which Tidegate the workflows use: best a commit.")
@click.option("--branch", metavar="B", help="The branch that is deployed.  [default: the repository's default]")
@click.option("--no-reviewers", is_flag=True, help="Environments cannot have reviewers: approve by a workflow.")
@click.option("--update", "only_update", is_flag=True, help="Write the workflows of a project that is there.")
@click.option("--force", is_flag=True, help="With --update: also over workflows that were edited by hand.")
@project_option
@click.pass_context
def init(
    ctx: click.Context,
    /,
    *,
    kind: str,
    name: str,
    strategy: str,
    driver: str,
    no_workflows: bool,
    only_update: bool,
    force: bool,
    folder: str,
    **said: Any,
) -> None:
    """Write a project to begin with: devices, a component, waves with gates, a policy, and workflows for GitHub.

    It asks nothing and writes over nothing: where a file is in the way, none is written. Exit code 1 then.

    --update brings workflows in step with the strategies: those that `init` wrote and nobody edited are written
    anew, with what they were written with before and what you say now. Exit code 1 where an edited one is left.
    """
    world: World = ctx.obj
    chosen = _chosen(**said)
    if force and not only_update:
        raise UsageError("--force goes with --update: a new project writes over nothing")
    if only_update:
        _update(ctx, world, folder, chosen, force=force)
        return
    from tidegate.app.init.begin import begin
    from tidegate.report.init import Written, written_text

    begun = begin(world, folder, name=name, strategy=strategy, driver=driver, chosen=None if no_workflows else chosen)
    settings = begun.wish.settings
    world.say(
        written_text(
            Written(
                kind,
                list(begun.files),
                begun.ignored,
                begun.folder,
                driver,
                github=settings is not None,
                pinned=settings is None or settings.pinned,
            )
        )
    )


def _update(ctx: click.Context, world: World, folder: str, chosen: dict[str, Any], *, force: bool) -> None:
    from tidegate.app.init.update import update
    from tidegate.report.init import updated_text

    updated = update(world, folder, chosen, force=force)
    world.say(updated_text(updated.fates, updated.stale))
    ctx.exit(updated.exit_code)


def _chosen(
    *, runs_on: str | None, hosted: str | None, ref: str | None, branch: str | None, no_reviewers: bool
) -> dict[str, Any]:
    """The settings that were said, by name."""
    chosen: dict[str, Any] = {}
    if runs_on is not None:
        chosen["runs_on"] = _labels(runs_on)
    if hosted is not None:
        chosen["hosted"] = _labels(hosted)
    if branch is not None:
        chosen["branch"] = branch
    if no_reviewers:
        chosen["reviewers"] = False
    if ref is not None:
        action, _, commit = ref.rpartition("@")
        chosen["ref"] = commit
        if action:
            chosen["action"] = action
    return chosen


def _labels(said: str) -> tuple[str, ...]:
    return tuple(label.strip() for label in said.split(","))
