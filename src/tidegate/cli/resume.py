"""`tidegate resume` and `wake`: going on with what was left."""

from __future__ import annotations

from typing import Literal

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="Go on with a rollout that was left, cut off, or waits for an answer.")
@click.argument("rollout", default="", metavar="[ROLLOUT]")
@click.option("--hold", type=int, metavar="N", help="Answer this hold, with one of the next three.")
@click.option("--go", default="", metavar="WHY", help="Go on all the same.")
@click.option("--back", default="", metavar="WHY", help="Go back.")
@click.option("--end", default="", metavar="WHY", help="End it here; what is confirmed stays.")
@click.option("--now", is_flag=True, help="Whoever holds the lease is dead, I have seen it: do not wait for it.")
@format_option("text", "json")
@project_option
@click.pass_context
def resume(
    ctx: click.Context,
    *,
    rollout: str,
    hold: int | None,
    go: str,
    back: str,
    end: str,
    now: bool,
    form: str,
    folder: str,
) -> None:
    """Take up the rollout that has not ended: from the record alone, its devices asked first.

    After a crash nothing is lost: what was not confirmed goes back by itself, and starts again here. If the job that
    has it may still live, this waits until it counts as dead (ten minutes without a sign), unless it is of this
    machine and gone, or you say --now.
    """
    from tidegate.app.resume import answer
    from tidegate.app.resume import resume as take_up
    from tidegate.cli.saying import say_done

    world: World = ctx.obj
    said = [(word, why) for word, why in (("go", go), ("back", back), ("end", end)) if why]
    if len(said) != (0 if hold is None else 1):
        raise click.UsageError('--hold N takes one of --go "why", --back "why", --end "why", and they take --hold N.')
    if hold is None:
        ctx.exit(say_done(world, take_up(world, folder, rollout, now=now), form))
    word: Literal["go", "back", "end"] = said[0][0]  # type: ignore[assignment]
    ctx.exit(say_done(world, answer(world, folder, rollout, hold, word, said[0][1], now=now), form))


@click.command(short_help="Take up everything that may go on without a person.")
@click.option("--rollout", default="", metavar="ID", help="Only this one.")
@format_option("text", "json")
@project_option
@click.pass_context
def wake(ctx: click.Context, *, rollout: str, form: str, folder: str) -> None:
    """What waits for time or lost devices, what somebody said and nobody acted on, what a dead job left. For a
    schedule: hourly, say. Exit code 0 where there is nothing to do; else that of the rollout that came out worst."""
    from tidegate.app.resume import nothing_to_wake
    from tidegate.app.resume import wake as take_up
    from tidegate.cli.saying import say_done

    world: World = ctx.obj
    done = take_up(world, folder, rollout)
    if form == "json":
        world.say(json_text([dict(one.outputs) for one in done]))
        ctx.exit(max((one.exit_code for one in done), default=0))
    ctx.exit(max(say_done(world, one, form) for one in done or [nothing_to_wake()]))
