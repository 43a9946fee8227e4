"""`tidegate demo`."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from tidegate.app.demo.shell import Said
from tidegate.world import World


@click.command(short_help="Play the whole journey on 24 local devices.")
@click.option(
    "--in", "top", metavar="DIR", help="Where to play: a new folder, or a former demo's.  [default: a new one]"
)
@click.option("--serve", is_flag=True, help="Only start the machines of the demo in DIR again, until Ctrl-C.")
@click.pass_obj
def demo(world: World, *, top: str | None, serve: bool) -> None:
    """Play the whole journey on 24 local devices, each with a real web server, in under a minute.

    A change is refused, one is rolled out in waves, one machine goes back alone, a bad change is stopped at the
    canary. Exit code 0 when all of it happened.
    """
    from tidegate.app.demo import play

    if serve and top is None:
        raise click.UsageError("--serve wants --in DIR: the folder of the demo.")
    folder = world.here / (top or tempfile.mkdtemp(prefix="tidegate-demo-"))
    if serve:
        play.serve(folder, world, _until_interrupted)
    else:
        play.play(folder, world, InProcess)


def _until_interrupted() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        return


@dataclass(frozen=True, slots=True)
class InProcess:
    """The command line itself, in this process: the words, output and exit codes are those a person gets."""

    world: World

    def show(self, *words: str) -> Said:
        said: list[str] = []

        def say(text: str) -> None:
            said.append(text)
            self.world.say(text)

        return Said(_invoke(words, replace(self.world, say=say)), "\n".join(said))

    def ask(self, *words: str) -> Said:
        said: list[str] = []
        quiet = replace(self.world, say=said.append, tell=lambda _: None, terminal=False)
        return Said(_invoke(words, quiet), "\n".join(said))


def _invoke(words: Sequence[str], world: World) -> int:
    from tidegate.cli.main import cli

    code = cli.main(list(words), prog_name="tidegate", standalone_mode=False, obj=world)
    return int(code or 0)
