"""`tidegate metrics`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="How often, how many failed, how long to recover, how much went through here.")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True, help="How far to look back.")
@format_option("text", "json")
@project_option
@click.pass_obj
def metrics(world: World, *, days: int, form: str, folder: str) -> None:
    """The four numbers that say whether delivery gets faster and safer, from the record alone.

    A deployment is a rollout that switched a device of production. It counts as failed where such a device went back
    or is stranded, a gate or a person stopped it, or it was rolled back later. Few deployments prove little: every
    rate comes with its counts and a 95 % interval (Wilson).
    """
    from tidegate.app.metrics import delivery
    from tidegate.report.metrics import metrics_document, metrics_text

    numbers = delivery(world, folder, days)
    if form == "json":
        world.say(json_text(metrics_document(numbers)))
    else:
        world.say(metrics_text(numbers))
