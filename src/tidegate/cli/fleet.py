"""`tidegate fleet`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.group(short_help="The devices of the project.")
def fleet() -> None:
    """The devices of the project."""


@fleet.command("list", short_help="Which devices a selector takes.")
@click.option("-l", "--select", "selector", default="all", metavar="SELECTOR", help="Only these: site=ber,role=web")
@format_option("text", "json")
@project_option
@click.pass_obj
def list_devices(world: World, *, selector: str, form: str, folder: str) -> None:
    """The devices that SELECTOR takes, with their labels. Exit code 2 where it takes none."""
    from tidegate.app.look import look, select_devices
    from tidegate.report.fleet import fleet_json, fleet_text

    sight = look(world, folder)
    devices = select_devices(sight, selector)
    if form == "json":
        world.say(json_text(fleet_json(devices)))
    else:
        world.say(fleet_text(devices, len(sight.project.fleet)))


@fleet.command("release", short_help="Lift a stranded device's quarantine.")
@click.argument("device")
@click.argument("why")
@project_option
@click.pass_obj
def release_device(world: World, *, device: str, why: str, folder: str) -> None:
    """DEVICE could not be put back, and refuses changes since. You have looked at it: WHY says what you found.

    It keeps what lies on it; `tidegate deploy --over-drift` writes over that.
    """
    from tidegate.app.release import release

    world.say(release(world, folder, device, why).text)
