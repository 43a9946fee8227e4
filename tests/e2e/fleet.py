"""A fleet of containers, each with sshd, nginx and an address of its own on the loopback."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from containers import ENGINE
from e2e import engine

DEVICE = "tidegate-e2e-device"
"""Its image, and the label of all containers from it."""
SSH_PORT = 2222
MAY = ("--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined")
"""What root of a real machine may, and of a container not: show a program its files as they would be."""


@dataclass
class Machine:
    """`name` as the fleet calls it; `container` as the engine does."""

    name: str
    address: str
    container: str

    def run(self, *words: str) -> str:
        return engine.docker("exec", self.container, *words)

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def logins(self) -> int:
        """How often somebody has logged in since it was started."""
        said = subprocess.run([ENGINE, "logs", self.container], capture_output=True, timeout=60)
        return (said.stdout + said.stderr).count(b"Accepted publickey")


@dataclass
class Fleet:
    """`folder` holds the keys: `client` logs in everywhere, the others are host keys."""

    folder: Path
    machines: dict[str, Machine] = field(default_factory=dict)

    def start(self, name: str) -> Machine:
        address = f"127.0.88.{len(self.machines) + 1}"
        make_key(self.folder / name)
        options = ["--env", f"NAME={name}", "--env", f"ADDRESS={address}", "--volume", f"{self.folder}:/keys:ro"]
        machine = Machine(name, address, engine.run(DEVICE, options=["--label", DEVICE, *MAY, *options]))
        self.machines[name] = machine
        return machine

    def known_hosts(self) -> str:
        lines = []
        for machine in self.machines.values():
            kind, key, *_ = (self.folder / f"{machine.name}.pub").read_text().split()
            lines.append(f"[{machine.address}]:{SSH_PORT} {kind} {key}\n")
        return "".join(lines)

    def await_up(self, seconds: float = 60) -> None:
        """Until every sshd says its banner."""
        end = time.monotonic() + seconds
        for machine in self.machines.values():
            while not _answers(machine):
                assert time.monotonic() < end, f"{machine.name}: {engine.docker('logs', machine.container)}"

    def clear(self) -> None:
        """No machine is left, of this fleet or an earlier one."""
        engine.stop(f"label={DEVICE}")


def make_key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True)


def _answers(machine: Machine) -> bool:
    try:
        with socket.create_connection((machine.address, SSH_PORT), timeout=1) as there:
            there.settimeout(1)
            return there.recv(4) == b"SSH-"
    except OSError:
        return False
