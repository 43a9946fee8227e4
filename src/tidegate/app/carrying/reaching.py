"""Ways to reach devices and to look at them, for the time of one command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tidegate.clock import Clock
from tidegate.drivers.base import Driver, Runner
from tidegate.model.project import Device, Probe, Project
from tidegate.plugins import DRIVERS, PROBES, load_plugin
from tidegate.probes.base import Prober
from tidegate.secrets import Secrets
from tidegate.world import World


def runner_of(world: World, base: Path, project: Project, secrets: Secrets | None = None) -> Runner:
    """This machine, for the drivers of a project; `base` is the project's folder."""
    secrets = secrets or Secrets(project.secrets, world.environ, base)
    return Runner(base, world.clock, world.environ, secrets.value, project.host_keys)


@asynccontextmanager
async def drivers_of(runner: Runner, devices: Iterable[Device]) -> AsyncIterator[Mapping[str, Driver]]:
    """The drivers of these devices, by name; let go of at the end of the block.

    DriverError or UsageError where one will not do on this machine.
    """
    reached: dict[str, list[Device]] = {}
    for device in devices:
        reached.setdefault(device.driver, []).append(device)
    made: dict[str, Driver] = {name: load_plugin(DRIVERS, name).on(runner, own) for name, own in reached.items()}
    try:
        yield made
    finally:
        for driver in made.values():
            await driver.close()


@asynccontextmanager
async def probers_of(clock: Clock, probes: Iterable[Probe]) -> AsyncIterator[Mapping[str, Prober]]:
    """Who looks, for every kind of these probes; let go of at the end of the block."""
    made: dict[str, Prober] = {
        kind: load_plugin(PROBES, kind)(clock=clock) for kind in {probe.kind for probe in probes}
    }
    try:
        yield made
    finally:
        for prober in made.values():
            await prober.close()
