"""A machine of the lab as a bed: reached by the ssh driver, with nginx for a shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from driving import CONFIGURATION, STRANGE_TEXT, Bed
from lab.machine import SSH_PORT, Machine
from tidegate.clock import SystemClock
from tidegate.drivers.base import Runner
from tidegate.drivers.ssh.driver import SshDriver
from tidegate.model.artifact import Artifact
from tidegate.model.project import Device
from tidegate.model.verb import Load

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


class LabBed(Bed):
    """With the words of a bed, and `machine` for what only a machine can suffer."""

    glance = 0.1
    patience = 40.0
    hurry = 6.0

    def __init__(self, machine: Machine) -> None:
        self.clock = SystemClock()
        self.machine = machine
        self.device = Device(
            machine.name,
            machine.address,
            "ssh",
            options={"user": "root", "port": SSH_PORT, "key": "ssh-key", "known_hosts": "known_hosts"},
        )
        runner = Runner(
            base=Path(),
            clock=self.clock,
            environ={},
            secret={"ssh-key": machine.user_key}.__getitem__,
            host_keys={"known_hosts": machine.host_keys},
        )
        self.driver = SshDriver.on(runner, (self.device,))

    def clean(self) -> None:
        """As it was before anybody deployed to it."""
        self.machine.run(_CLEAN)
        # Beds use the same names again: systemd starts no unit of a name that it still knows.
        self.machine.until(lambda: not self.machine.runs("ls /run/systemd/transient/tidegate-*"))
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
