"""`tidegate audit`."""

from __future__ import annotations

import re

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@click.group(short_help="The record of every rollout: make it, read it, see whether it is whole.")
def audit() -> None:
    """The record of every rollout, on a branch of its own in git.

    Whoever can push to the project's remote can read it. Nothing on it is ever changed or removed.
    """


@audit.command("init", short_help="Make the audit branch, once.")
@project_option
@click.pass_obj
def init(world: World, *, folder: str) -> None:
    """Make the audit branch of the project's remote; where it is there already, say so.

    No other command makes it: a branch that is missing is never taken for a first run.
    """
    from tidegate.app.audit import begin
    from tidegate.report.audit import begun_text

    begun = begin(world, folder)
    world.say(begun_text(begun.name, begun.tip.commit, begun.tip.seq, made=begun.made))


@audit.command("log", short_help="All rollouts, the newest first.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@format_option("text", "json")
@project_option
@click.pass_obj
def log(world: World, *, last: int, form: str, folder: str) -> None:
    """The rollouts of the project, the newest first: when, which, how it ended, who asked, which revision, devices.

    Times are UTC.
    """
    from tidegate.app.audit import log as rollouts
    from tidegate.report.audit import log_json, log_text

    rows, older = rollouts(world, folder, last)
    if form == "json":
        world.say(json_text(log_json(rows)))
    else:
        world.say(log_text(rows, older, world.clock.now()))


@audit.command("show", short_help="The whole story of one rollout.")
@click.argument("rollout")
@format_option("text", "json")
@project_option
@click.pass_obj
def show(world: World, *, rollout: str, form: str, folder: str) -> None:
    """Every event of ROLLOUT with its time, every device with its digests, verdicts with their numbers, who approved.

    Times are UTC.
    """
    from tidegate.app.audit import judge_of_death
    from tidegate.app.audit import show as find
    from tidegate.report.record import record_json, record_text

    record, branch = find(world, folder, rollout)
    is_dead = judge_of_death(world)
    if form == "json":
        world.say(json_text(record_json(record, is_dead)))
    else:
        world.say(record_text(record, branch, is_dead))


@audit.command("verify", short_help="Whether anybody has altered the record.")
@click.option("--tip", default="", metavar="SHA", help="A commit that must be on the branch: a tip noted elsewhere.")
@format_option("text", "json")
@project_option
@click.pass_context
def verify(ctx: click.Context, *, tip: str, form: str, folder: str) -> None:
    """Read every commit of the audit branch, and find what was altered, removed, put in another order or cut off.

    It is held against what this machine saw of it before. Exit code 0 where it is whole, 1 where it is not, 3 where
    it could not be looked at.
    """
    from tidegate.app.audit import verify as look
    from tidegate.report.audit import verified_json, verified_text

    world: World = ctx.obj
    if tip and _COMMIT.fullmatch(tip) is None:
        raise click.BadParameter("a commit is named by 7 or more hex digits", param_hint="--tip")
    looked = look(world, folder, tip)
    if form == "json":
        world.say(json_text(verified_json(looked.verified, looked.compared)))
    else:
        world.say(verified_text(looked.name, looked.verified, looked.compared))
    ctx.exit(looked.verified.exit_code)


@audit.command("sync", short_help="Write down what a job that died still owed the record.")
@project_option
@click.pass_obj
def sync(world: World, *, folder: str) -> None:
    """Events that are on this machine and not on the branch are written there: as facts while nobody has taken the
    rollout over, else beside them, only to be seen. No device is contacted. Doing it again does nothing."""
    from tidegate.app.audit import sync as write
    from tidegate.report.audit import synced_text

    world.say(synced_text([(one.rollout, one.events, one.late) for one in write(world, folder)]))
