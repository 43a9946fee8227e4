"""The way in on a runner: a command of the command line, for the event's commit, with outputs and a summary."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from tidegate import escape
from tidegate.action import summary
from tidegate.action.gate import admitted
from tidegate.action.inputs import Inputs, words
from tidegate.action.job import run_of
from tidegate.action.outputs import Outputs
from tidegate.errors import TidegateError
from tidegate.world import World, real_world

HELD = 5
USAGE = 2
_LONGEST = 2000
Environ: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command hands over: outputs are kept until the step is over, the summary is written at once."""

    environ: Environ
    known: dict[str, str] = field(default_factory=dict)

    def outputs(self, said: Mapping[str, str]) -> None:
        self.known.update(said)

    def summary(self, make: Callable[[], str]) -> None:
        if self.environ.get("GITHUB_STEP_SUMMARY"):
            summary.append(Path(self.environ["GITHUB_STEP_SUMMARY"]), make())

    def close(self, code: int) -> None:
        if self.environ.get("GITHUB_OUTPUT"):
            Outputs.of(self.known, code).write(Path(self.environ["GITHUB_OUTPUT"]))


def main() -> None:
    """The entry of the image."""
    leave_at_signals()
    os.dup2(1, 2)  # one stream: what stands before a line in the log was said before it
    with tempfile.TemporaryDirectory(prefix="tidegate-") as own:
        sys.exit(step(os.environ, Path(own)))


def leave_at_signals() -> None:
    """The first process of a container gets no signal that it has no handler for. Outside of a rollout, which has
    handlers of its own, nothing is half done that another job could not find: what is written is written whole."""

    def leave(number: int, _frame: object) -> None:
        os.write(1, f"\n{signal.Signals(number).name}: nothing more is done.\n".encode())
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


def step(environ: Environ, own: Path) -> int:
    """One step of a job, in a folder of our own. Gives the exit code of the step: 0 where the command waits."""
    desk = Desk(environ)
    try:
        inputs = Inputs.read(environ)
        code = run(inputs, world_of(environ, inputs, desk, own))
    except TidegateError as error:
        from tidegate.cli.edge import say_error
        from tidegate.report.markdown import error_markdown

        say_error(error)
        message, hint = error.message, error.hint
        desk.summary(lambda: error_markdown(message, hint))
        code = error.exit_code
    desk.close(code)
    return 0 if code == HELD else code


def world_of(environ: Environ, inputs: Inputs, desk: Desk, own: Path) -> World:
    """A world that has nothing an earlier step could have prepared, but for the spool of this job."""
    home = Path(environ.get("HOME") or own)
    kept = {name: value for name, value in environ.items() if not name.startswith("INPUT_")}  # tokens among them
    return replace(
        real_world(plain=True),
        environ={"TIDEGATE_SPOOL": str(home / "tidegate"), **kept},
        state=own / "state",
        cache=own / "cache",
        terminal=False,
        colour=False,
        run=run_of(environ, inputs, *admitted(inputs.command, environ)),
        outputs=desk.outputs,
        summary=desk.summary,
    )


def run(inputs: Inputs, world: World) -> int:
    """The command itself: its exit code."""
    import click

    from tidegate.cli.main import cli

    said: Sequence[str] = words(inputs, cli)
    world.tell(escape.line(f"tidegate {' '.join(said)}"))
    try:
        return int(cli.main(list(said), prog_name="tidegate", standalone_mode=False, obj=world) or 0)
    except click.ClickException as error:
        world.tell(escape.block(f"error: {error.format_message()}", _LONGEST))
        return USAGE
