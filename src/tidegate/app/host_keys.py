"""Collecting the host keys of devices, for a person to compare and commit. Nobody is trusted by it."""

from __future__ import annotations

import asyncio

from tidegate.app.carrying.reaching import runner_of
from tidegate.app.ground.look import look, select_devices
from tidegate.app.ground.stand import find_footing
from tidegate.errors import UsageError
from tidegate.report.host_keys import Collected
from tidegate.world import World


def collect_keys(world: World, folder: str, selector: str) -> Collected:
    """The keys that the doors to these devices show, jump hosts' too, beside the file that is committed.

    UsageError where a selector takes no device behind sshd, or devices of several files.
    """
    from tidegate.drivers.ssh.driver import SshDriver

    sight = look(world, folder)
    devices = [device for device in select_devices(sight, selector) if device.driver == "ssh"]
    if not devices:
        raise UsageError(f"`{selector}` takes no device that is reached by ssh", hint="tidegate fleet list")
    paths = sorted({device.options["known_hosts"] for device in devices})
    if len(paths) > 1:
        raise UsageError(
            f"these devices have several files of host keys: {' '.join(paths)}", hint="Take those of one: -l SELECTOR"
        )
    footing, below = find_footing(world, folder)
    runner = runner_of(world, footing.files() / below, sight.project)
    committed = (footing.committed(paths[0]) or b"").decode("utf-8", "replace")
    return Collected(paths[0], committed, asyncio.run(SshDriver.on(runner, ()).host_keys(devices)))
