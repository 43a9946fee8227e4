"""Asking every device whether it is fit for rollouts; nothing on them changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tidegate.app.carrying.reaching import drivers_of, runner_of
from tidegate.app.ground.look import look, select_devices
from tidegate.app.ground.stand import find_footing
from tidegate.drivers.base import Runner
from tidegate.model.answer import Lost
from tidegate.model.project import Device
from tidegate.report.fitness import Checked
from tidegate.world import World

_AT_ONCE = 32
_SECONDS = 30.0


def check_fleet(world: World, folder: str, selector: str) -> Sequence[Checked]:
    """What each of the devices says, and how long it took, in seconds.

    The project is read as it lies here. UsageError where a selector takes nobody, or a secret is missing.
    """
    sight = look(world, folder)
    devices = select_devices(sight, selector)
    footing, below = find_footing(world, folder)
    return asyncio.run(_check(world, runner_of(world, footing.files() / below, sight.project), devices))


async def _check(world: World, runner: Runner, devices: Sequence[Device]) -> Sequence[Checked]:
    free = asyncio.Semaphore(_AT_ONCE)
    async with drivers_of(runner, devices) as drivers:

        async def one(device: Device) -> Checked:
            async with free:
                began = world.clock.monotonic()
                try:
                    said = await drivers[device.driver].examine(device, deadline=_SECONDS)
                except OSError as error:  # nothing is left on the runner to reach it with
                    said = Lost(str(error))
                return Checked(device, said, world.clock.monotonic() - began)

        return await asyncio.gather(*(one(device) for device in devices))
