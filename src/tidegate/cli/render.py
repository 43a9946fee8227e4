"""`tidegate render`."""

from __future__ import annotations

import click

from tidegate.cli.options import format_option, project_option
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="The files of a component as one device would get them.")
@click.argument("device")
@click.argument("component")
@click.option("--explain", is_flag=True, help="Say also which file and line each variable came from.")
@format_option("text", "json")
@project_option
@click.pass_obj
def render(world: World, *, device: str, component: str, explain: bool, form: str, folder: str) -> None:
    """The files of COMPONENT as DEVICE would get them, from the files as they lie here.

    Nothing is contacted. A secret stands as its mark: its value is only known while a device is staged. Exit code 1
    where it cannot be rendered, and the file and line why.
    """
    from tidegate.app.ground.look import look, render_whole
    from tidegate.report import artifact as words

    whole = render_whole(look(world, folder), device, component)
    if form == "json":
        origins = {"variables": words.origins_json(whole.origins)} if explain else {}
        said = {"device": device, "component": component, **words.artifact_json(whole.artifact), **origins}
        world.say(json_text(said))
        return
    world.say(words.artifact_text(whole.artifact))
    if explain:
        world.say("\n" + words.origins_text(whole.origins))
