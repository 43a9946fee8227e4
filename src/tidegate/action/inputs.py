"""The inputs of the action: INPUT_* of the environment become the command line's arguments; nothing else is decided."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import click

from tidegate.errors import UsageError

_PLACED = ("strategy", "environment", "rollout")
"""Inputs that a command takes as an option or as an argument of that name, if it takes them."""


def means(text: str, *, usual: str = "") -> str:
    """A field of the inputs, described as action.yml describes it; `usual` is what stands there by default. Values may
    be tokens: they are left out where an input is shown."""
    described: str = field(repr=False, metadata={"means": text, "usual": usual})
    return described


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a step says under `with:`. "" where it says nothing."""

    command: str = means("The command and its subcommand, as on the command line.")
    project: str = means("The folder with tidegate.yaml, from the repository's root.", usual=".")
    strategy: str = means("The lane, where the project has several.")
    environment: str = means("Only the waves of this GitHub environment.")
    rollout: str = means("The rollout that is meant.")
    arguments: str = means("More arguments of the command, quoted as for a shell; none runs.")
    github_token: str = means(
        "The job's token, which reads the repository and writes the record and checks.", usual="${{ github.token }}"
    )
    audit_token: str = means("Another token, where the audit branch shall be written with one.")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Inputs:
        """UsageError where there is no command: the file that calls the action is what has to be mended."""
        inputs = cls(**{each.name: environ.get(variable(each.name), "").strip() for each in fields(cls)})
        if not inputs.command:
            raise UsageError("the step names no command", hint="Add to it: with: {command: validate}")
        if not inputs.github_token:
            raise UsageError(
                "github-token is empty: what the event is about cannot be read",
                hint="Add to the step, or pass it on: with: {github-token: ${{ github.token }}}",
            )
        return inputs


def name(field_name: str) -> str:
    """An input's name in action.yml: `github-token`."""
    return field_name.replace("_", "-")


def variable(field_name: str) -> str:
    """Where the runner puts it: upper case, the hyphen stays."""
    return f"INPUT_{name(field_name).upper()}"


def words(inputs: Inputs, top: click.Group) -> list[str]:
    """The arguments for `top`. UsageError where an input is said that the command does not take."""
    path = inputs.command.split()
    command = _command(top, path)
    said = [*path]
    if any(param.name == "folder" for param in command.params):
        said.append(f"--project={inputs.project or '.'}")
    elif inputs.project not in ("", "."):
        raise _not_taken(inputs.command, "project")
    placed: list[str] = []
    for each in _PLACED:
        value = getattr(inputs, each)
        if not value:
            continue
        found = next((param for param in command.params if _is(param, each)), None)
        if found is None:
            raise _not_taken(inputs.command, each)
        if isinstance(found, click.Argument):
            placed.append(value)
        else:
            said.append(f"--{each}={value}")
    return [*said, *_split(inputs.arguments), *(("--", *placed) if placed else ())]


def _is(param: click.Parameter, each: str) -> bool:
    return f"--{each}" in param.opts or (isinstance(param, click.Argument) and param.name == each)


def _command(top: click.Group, path: list[str]) -> click.Command:
    """The command at a path of names; a group where the path ends too early, which then says what it has."""
    command: click.Command = top
    for word in path:
        context = click.Context(command, info_name=word)
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            raise UsageError(f"there is no command `{' '.join(path)}`", hint="See them all: tidegate --help")
        command = found
    return command


def _split(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError as error:
        raise UsageError(f"arguments: {error}", hint="Quote them as for a shell.") from error


def _not_taken(command: str, each: str) -> UsageError:
    return UsageError(f"`{command}` takes no {each}", hint=f"Take `{each}:` out of the step that calls it.")
