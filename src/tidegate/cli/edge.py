"""The one boundary: commands found by name when they are called, exceptions turned into words and an exit code."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from tidegate import __version__, escape
from tidegate.errors import TidegateError
from tidegate.world import World

BUG = 70
_LONGEST = 2000


class Edge(click.Group):
    """A group whose commands are imported when they are used, and whose `invoke` is the edge of the program."""

    def __init__(self, *args: Any, table: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._table and not args[0].startswith("-"):
            _say_unknown(args[0], self._table)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TidegateError as error:
            say_error(error)
            if ctx.obj is not None:
                _hand_on(ctx.obj, error)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the edge: whatever is left is a bug of ours
            ctx.exit(_say_bug_in_job(error) if ctx.obj is not None and ctx.obj.run is not None else _say_bug(error))


def say_error(error: TidegateError) -> None:
    """What failed, where, and what to do; on stderr."""
    click.echo(escape.block(f"error: {error.message}", _LONGEST), err=True)
    if error.hint:
        click.echo(escape.block(f"  {error.hint}", _LONGEST), err=True)


def _hand_on(world: World, error: TidegateError) -> None:
    from tidegate.report.markdown import error_markdown

    world.outputs({"reason": error.reason})
    world.summary(lambda: error_markdown(error.message, error.hint))


def _say_bug(error: Exception) -> int:
    with tempfile.NamedTemporaryFile("w", prefix="tidegate-bug-", suffix=".txt", delete=False) as file:
        file.write(f"tidegate {__version__}, Python {sys.version}\n")
        file.writelines(traceback.format_exception(error))
    click.echo(f"This is a bug in Tidegate {__version__}: {type(error).__name__}.", err=True)
    click.echo(f"  The traceback lies in {file.name}; please send it to us. Nothing more was done.", err=True)
    return BUG


def _say_bug_in_job(error: Exception) -> int:
    """A file would be gone with the container: the log has it, and the runner masks secrets there."""
    click.echo(f"A bug in Tidegate {__version__}; please send us what follows. Nothing more is done.", err=True)
    for line in "".join(traceback.format_exception(error)).splitlines():
        click.echo(escape.line(line, _LONGEST), err=True)
    return BUG


def _say_unknown(name: str, table: Mapping[str, str]) -> None:
    import difflib

    near = difflib.get_close_matches(name, table, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    raise click.UsageError(f"There is no command `{name}`.{meant}")
