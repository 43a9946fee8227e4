"""`tidegate demo`: makes a place, starts the shops, plays the scenes, and says where everything lies."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tidegate.app.demo.machines import furnish, running
from tidegate.app.demo.place import MARK, Place, make_place
from tidegate.app.demo.ports import claimed
from tidegate.app.demo.shell import Shell
from tidegate.app.demo.stage import Stage
from tidegate.app.demo.story import SCENES
from tidegate.errors import UsageError
from tidegate.world import World

DEVICES = 24


def play(top: Path, world: World, shell: Callable[[World], Shell]) -> None:
    """The whole journey in `top`, made anew. Raises Refusal where what it tells did not happen."""
    with claimed(DEVICES) as first_port:
        place = make_place(top, world.environ, first_port)
        machines = place.machines()
        for machine in machines:
            furnish(place, machine)
        world.say(f"Tidegate, shown on {len(machines)} machines of your own, in {place.top}.")
        with running(place):
            state, cache = place.memory / "state", place.memory / "cache"
            stage = Stage(place, machines, shell(replace(world, here=place.clone, state=state, cache=cache)), world.say)
            for scene in SCENES:
                scene(stage)
    world.say(_farewell(place))


def serve(top: Path, world: World, wait: Callable[[], None]) -> None:
    """Starts the shops of a demo that was played before, until `wait` returns."""
    if not (top / MARK).exists():
        raise UsageError(f"{top} holds no demo", hint=f"Play it first: tidegate demo --in {shlex.quote(str(top))}")
    place = Place(top.resolve(), world.environ)
    with running(place):
        world.say(f"{len(place.machines())} shops run. In another terminal: cd {place.clone}. Ctrl-C ends them.")
        wait()


def _farewell(place: Place) -> str:
    return f"""
Everything is still there, and yours to poke around in:
  {place.clone}   the project, a git clone like any other
  {place.remote}   its remote; the branch tidegate-audit is the record
  {place.top / "devices"}   one folder per device: its files, and var/lib/tidegate

Three things to try, from {place.clone}:
  tidegate audit log                        then: tidegate audit show ROLLOUT
  tidegate render ber-web-01 shop --explain where each value comes from
  git revert --no-edit HEAD && git push && tidegate plan

The shops have ended. To deploy to them yourself: tidegate demo --serve --in {shlex.quote(str(place.top))}
Your own machines: docs/guides/first-rollout.md"""
