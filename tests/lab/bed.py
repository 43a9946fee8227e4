"""A machine of the lab as a bed: reached over ssh, with nginx for a shop."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from driving import CONFIGURATION, STRANGE_TEXT, Bed
from lab.machine import Machine
from tidegate.clock import SystemClock
from tidegate.dialogue import Dialogue
from tidegate.drivers.base import Capabilities
from tidegate.drivers.program import device_program, session_words
from tidegate.drivers.session import Line, Sessions
from tidegate.model.answer import Answer
from tidegate.model.artifact import Artifact
from tidegate.model.project import Device
from tidegate.model.verb import Address, Fill, Load, Verb

_ACTIVATE = """
while [ -e /run/held ]; do sleep 0.02; done
[ ! -e /run/failing ]
systemctl restart nginx
"""
_VALIDATE = '[ ! -e /run/invalid ] && grep -q . "$TIDEGATE_STAGED/etc/shop/shop.conf"'
_CLEAN = """
systemctl stop 'tidegate-*'
rm -rf /var/lib/tidegate /etc/systemd/system/tidegate-boot.service /etc/systemd/system/sysinit.target.wants/tidegate-*
rm -f /run/held /run/failing /run/invalid
printf old >/etc/shop/shop.conf
systemctl daemon-reload
systemctl restart nginx
"""


class OpenSsh:
    """The program on a machine of its own, over sessions of the ssh client."""

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot=True)

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._sessions = Sessions(self._open, idle=1)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        return await self._sessions.ask(device, address, verbs, fill=fill, deadline=deadline)

    async def close(self) -> None:
        await self._sessions.close()

    async def _open(self, device: Device) -> Line:
        words = session_words(device_program(), root="", device=device.name)
        command = "exec " + shlex.join(["env", "-i", "/bin/sh", *words])
        return await Dialogue.start([*self._machine.ssh(), command], environ={})


class LabBed(Bed):
    """With the words of a bed, and `machine` for what only a machine can suffer."""

    glance = 0.1
    patience = 40.0

    def __init__(self, machine: Machine) -> None:
        self.clock = SystemClock()
        self.machine = machine
        self.driver = OpenSsh(machine)
        self.device = Device(machine.name, machine.address, "ssh")

    def clean(self) -> None:
        """As it was before anybody deployed to it."""
        self.machine.run(_CLEAN)
        self.machine.await_up()

    def load(self, content: Artifact, /, **more: Any) -> Load:
        return super().load(content, **{"validate": (_VALIDATE,), "activate": (_ACTIVATE,), **more})

    def lies(self) -> str:
        path = self.machine.path(CONFIGURATION)
        return path.read_text() if path.exists() else "nothing"

    def serves(self) -> str:
        return self.machine.serves()

    def meddle(self) -> None:
        self.machine.path(CONFIGURATION).write_text(STRANGE_TEXT)

    def restore_by_hand(self, content: Artifact) -> None:
        (part,) = content.entries[0].parts
        assert isinstance(part, bytes)
        self.machine.path(CONFIGURATION).write_bytes(part)

    def refuse_validation(self) -> None:
        self.machine.path("/run/invalid").touch()

    def fail_activation(self) -> None:
        self.machine.path("/run/failing").touch()

    def heal(self) -> None:
        self.machine.path("/run/failing").unlink()

    def hold_activation(self) -> None:
        self.machine.path("/run/held").touch()

    def let_go(self) -> None:
        self.machine.path("/run/held").unlink()
