"""`tidegate approve`, `abort` and `pause`: what people say about a rollout."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.world import World

_ROLLOUT = click.argument("rollout", default="", metavar="[ROLLOUT]")


@click.command(short_help="Say yes to the wave that waits for approvals, or no.")
@_ROLLOUT
@click.option("--environment", default="", metavar="E", help="Only if it is this environment that is asked for.")
@click.option("--reject", is_flag=True, help="Say no: what is confirmed stays, or goes back, as the strategy says.")
@click.option("--why", metavar="WHY", help="A reason, for the record.")
@format_option("text", "json")
@project_option
@click.pass_context
def approve(
    ctx: click.Context, *, rollout: str, environment: str, reject: bool, why: str | None, form: str, folder: str
) -> None:
    """Answer the newest question of a rollout, bound to the digest of its plan; once enough have agreed, go on.

    Who you are is git's word (user.email), taken on trust. Nobody approves a change of their own.

    In a workflow's job, with --environment and without --why or --reject, it is the reviewers of
    <environment>-approval who answer: who approved this very run is read from GitHub, and counted. Exit code 1 while
    approvals are missing.
    """
    from tidegate.app import people
    from tidegate.app.jobs.approving import approve_by_environment
    from tidegate.cli.saying import say_done

    world: World = ctx.obj
    if world.run is not None and environment and why is None and not reject:
        ctx.exit(say_done(world, approve_by_environment(world, folder, rollout, environment), form))
    say = people.reject if reject else people.approve
    ctx.exit(say_done(world, say(world, folder, rollout, environment, why or ""), form))


@click.command(short_help="Stop a rollout, and go back.")
@_ROLLOUT
@click.option("--why", default="", metavar="WHY", help="A reason, for the record.")
@format_option("text", "json")
@project_option
@click.pass_context
def abort(ctx: click.Context, *, rollout: str, why: str, form: str, folder: str) -> None:
    """Stop: nothing new starts, what is in flight comes to rest, then the wave (or all of it) goes back.

    A job that runs reads it within half a minute; where none runs, this one does it.
    """
    _stop(ctx.obj, ctx, rollout, why, form, folder, back=True)


@click.command(short_help="Stop a rollout, and stay.")
@_ROLLOUT
@click.option("--why", default="", metavar="WHY", help="A reason, for the record.")
@format_option("text", "json")
@project_option
@click.pass_context
def pause(ctx: click.Context, *, rollout: str, why: str, form: str, folder: str) -> None:
    """Stop: nothing new starts, what is healthy is confirmed, and the rollout waits for an answer.

    A job that runs reads it within half a minute. Go on, go back or end it: tidegate resume --hold.
    """
    _stop(ctx.obj, ctx, rollout, why, form, folder, back=False)


def _stop(world: World, ctx: click.Context, rollout: str, why: str, form: str, folder: str, *, back: bool) -> None:
    from tidegate.app.people import stop
    from tidegate.cli.saying import say_done

    ctx.exit(say_done(world, stop(world, folder, rollout, "back" if back else "hold", why), form))
