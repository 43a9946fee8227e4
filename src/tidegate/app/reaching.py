"""Ways to reach devices and to look at them, for the time of one command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tidegate.clock import Clock
from tidegate.drivers.base import Driver
from tidegate.model.project import Device, Probe
from tidegate.plugins import DRIVERS, PROBES, load_plugin
from tidegate.probes.base import Prober


@asynccontextmanager
async def drivers_of(base: Path, clock: Clock, devices: Iterable[Device]) -> AsyncIterator[Mapping[str, Driver]]:
    """The drivers of these devices, by name; let go of at the end of the block. `base` is the project's folder."""
    made: dict[str, Driver] = {
        name: load_plugin(DRIVERS, name)(base=base, clock=clock) for name in {device.driver for device in devices}
    }
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
