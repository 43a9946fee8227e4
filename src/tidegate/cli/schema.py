"""`tidegate schema`."""

from __future__ import annotations

import click

from tidegate.errors import UsageError
from tidegate.escape import json_text
from tidegate.world import World


@click.command(short_help="JSON Schemas of the files you write, for your editor.")
@click.argument("file", required=False, metavar="[tidegate|fleet|component]")
@click.option(
    "--in", "where", metavar="DIR", help="Write all three there, as tidegate.json, fleet.json, component.json."
)
@click.pass_obj
def schema(world: World, *, file: str | None, where: str | None) -> None:
    """The JSON Schema of one kind of file, or of all three as one document.

    In an editor with a YAML language server, a file's first line names it:
    # yaml-language-server: $schema=../schemas/fleet.json
    """
    from tidegate.project.schemas import json_schemas

    schemas = json_schemas()
    if file is not None and file not in schemas:
        raise click.BadParameter(f"one of {', '.join(schemas)}", param_hint="FILE")
    if where is None:
        world.say(json_text(schemas[file] if file else schemas))
        return
    folder = world.here / where
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in schemas.items():
            (folder / f"{name}.json").write_text(json_text(content) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write to {where}: {error.strerror}", hint="Name a folder that is yours.") from error
    world.tell(f"Wrote {', '.join(f'{name}.json' for name in schemas)} to {where}.")
