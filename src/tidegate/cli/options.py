"""Options that mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def project_option(command: Command) -> Command:
    """`--project DIR`: the folder with `tidegate.yaml`, as a path below the place where the command was started."""
    return click.option(
        "--project", "folder", default=".", metavar="DIR", help="The folder with tidegate.yaml.", show_default=True
    )(command)


def strategy_option(command: Command) -> Command:
    """`--strategy S`: a lane; the default one if it is not said."""
    return click.option(
        "--strategy", default="", metavar="S", help="Which lane.  [default: `default`, or the only one]"
    )(command)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """`--format`: the first one is the default."""

    def add(command: Command) -> Command:
        return click.option(
            "--format", "form", type=click.Choice(formats), default=formats[0], help="How to say it.", show_default=True
        )(command)

    return add
