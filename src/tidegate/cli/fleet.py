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
    from tidegate.app.ground.look import look, select_devices
    from tidegate.report.fleet import fleet_json, fleet_text

    sight = look(world, folder)
    devices = select_devices(sight, selector)
    if form == "json":
        world.say(json_text(fleet_json(devices)))
    else:
        world.say(fleet_text(devices, len(sight.project.fleet)))


@fleet.command("check", short_help="Is every device fit for rollouts? Changes nothing on them.")
@click.option("-l", "--select", "selector", default="all", metavar="SELECTOR", help="Only these: site=ber,role=web")
@format_option("text", "json")
@project_option
@click.pass_context
def check_devices(ctx: click.Context, *, selector: str, form: str, folder: str) -> None:
    """Ask every device: is it reached, how fast, and has it what a rollout needs? Nothing on it is changed.

    The project is read as it lies here, uncommitted changes too. Exit code 1 where a device is not fit: what it
    lacks, and how to mend it.
    """
    from tidegate.app.fitness import check_fleet
    from tidegate.report.fitness import fitness_json, fitness_text

    world: World = ctx.obj
    checked = check_fleet(world, folder, selector)
    world.say(json_text(fitness_json(checked)) if form == "json" else fitness_text(checked))
    ctx.exit(0 if all(one.fit for one in checked) else 1)


@fleet.command("keys", short_help="Collect host keys, to compare and commit.")
@click.option("-l", "--select", "selector", default="all", metavar="SELECTOR", help="Only these: site=ber,role=web")
@project_option
@click.pass_context
def collect_keys(ctx: click.Context, *, selector: str, folder: str) -> None:
    """Print the known_hosts file anew, with the host keys that devices show now; nobody is trusted by it.

    What is new, and what is another key than the committed one, is said beside it: compare it, then commit the file.
    Devices that are not asked keep their lines. Exit code 1 where a key has changed, or a device does not answer.
    """
    from tidegate.app.host_keys import collect_keys
    from tidegate.report.host_keys import keys_text

    world: World = ctx.obj
    collected = collect_keys(world, folder, selector)
    world.say(collected.file())
    world.tell(keys_text(collected))
    ctx.exit(collected.exit_code)


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
