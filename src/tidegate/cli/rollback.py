"""`tidegate rollback`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option


@click.command(short_help="Bring back what a rollout replaced.")
@click.argument("rollout", default="", metavar="[ROLLOUT]")
@click.option("--why", default="", metavar="WHY", help="A reason, for the record.")
@format_option("text", "json")
@project_option
@click.pass_context
def rollback(ctx: click.Context, *, rollout: str, why: str, form: str, folder: str) -> None:
    """Every device gets back what, by the record, it ran before ROLLOUT, or before the newest one; as a rollout too.

    No gate stands in its way; what was taken back is read back from the device. The change is remembered as bad, and
    main still has it: afterwards revert it in git.
    """
    from tidegate.app.rollback import rollback as take_back
    from tidegate.cli.saying import say_done

    ctx.exit(say_done(ctx.obj, take_back(ctx.obj, folder, rollout, why), form))
