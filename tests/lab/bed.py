"""A machine of the lab as a bed: reached over ssh, with nginx for a shop."""

from __future__ import annotations

import secrets as chance
import shlex
from collections.abc import Sequence
from math import ceil
from typing import Any

from driving import CONFIGURATION, STRANGE_TEXT, Bed
from lab.machine import Machine
from tidegate.child import End, run_async
from tidegate.clock import SystemClock
from tidegate.drivers.base import Capabilities
from tidegate.drivers.program import ANSWER_LIMIT, arguments, device_program, payload, read_answers
from tidegate.model.answer import Answer, Lost
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
    """The program on a machine of its own, sent by the ssh client: one login per request."""

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot=True)

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        nonce = chance.token_hex(8)
        limit = max(1, ceil(deadline))
        said = arguments(
            device_program(), verbs, nonce=nonce, root="", device=device.name, address=address, limit=limit
        )
        argv = [*self._machine.ssh(), shlex.join(["/bin/sh", *said])]
        ended = await run_async(argv, timeout=deadline, environ={}, input=payload(verbs, fill), limit=ANSWER_LIMIT + 1)
        answers = read_answers(ended.stdout, nonce, verbs)
        if ended.end is End.TIMED_OUT and isinstance(answers[-1], Lost):
            return (*answers[:-1], Lost("no answer in time"))
        return answers

    async def close(self) -> None:
        """Every request has its own login."""


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
