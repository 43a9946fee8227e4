"""`tidegate deploy`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option, strategy_option
from tidegate.world import World


@click.command(short_help="Roll out the commit that is checked out, in waves.")
@strategy_option
@click.option("--dry-run", is_flag=True, help="Only say what it would do, as `tidegate plan`.")
@click.option("--retry", default="", metavar="WHY", help="Try again what went back before, and say why.")
@click.option("--over-drift", default="", metavar="WHY", help="Write over what somebody changed by hand, and say why.")
@click.option(
    "--open", "open_only", is_flag=True, help="Only open the rollout: touch no device, say which leg is next."
)
@click.option(
    "--environment", "leg", default="", metavar="E", help="Only the waves of this environment; with --rollout."
)
@click.option("--rollout", default="", metavar="ID", help="The open rollout that --environment or --open goes on with.")
@click.option("--now", is_flag=True, help="With --environment: whoever holds the lease is dead, I have seen it.")
@format_option("text", "json")
@project_option
@click.pass_context
def deploy(
    ctx: click.Context,
    *,
    strategy: str,
    dry_run: bool,
    retry: str,
    over_drift: str,
    open_only: bool,
    leg: str,
    rollout: str,
    now: bool,
    form: str,
    folder: str,
) -> None:
    """Validate, plan and roll out the commit that is checked out: staging, canary, then wave by wave.

    The commit must be on the remote. A device that fails goes back alone, a wave that fails goes back as a wave.
    Ctrl-C ends it in good order, and `tidegate resume` goes on, also after a crash.

    Exit code 0: done. 1: no; what it touched runs what it ran before. 4: a device is stranded. 5: it waits.
    """
    from tidegate.app.deploy import Order, deploy_leg, open_again
    from tidegate.app.deploy import deploy as roll_out
    from tidegate.cli.saying import say_done, say_plan

    world: World = ctx.obj
    if bool(leg) != bool(rollout) and not open_only:
        raise click.UsageError("--environment and --rollout go together.")
    if leg and (open_only or dry_run or retry or over_drift or strategy):
        raise click.UsageError("--environment goes on with an open rollout: it takes none of the other options.")
    if dry_run:
        ctx.exit(say_plan(world, folder, strategy, form, retry=bool(retry)))
    if leg:
        ctx.exit(say_done(world, deploy_leg(world, folder, rollout, leg, now=now), form))
    if rollout:
        ctx.exit(say_done(world, open_again(world, folder, rollout), form))
    order = Order(strategy=strategy, retry=retry, over_drift=over_drift, open_only=open_only)
    ctx.exit(say_done(world, roll_out(world, folder, order), form))
