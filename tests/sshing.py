"""Real sshds on the loopback, each with keys of its own, and devices behind them."""

from __future__ import annotations

import atexit
import functools
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from driving import LocalBed
from tidegate.clock import SystemClock
from tidegate.drivers.base import Runner
from tidegate.drivers.ssh.driver import SshDriver
from tidegate.model.project import Device

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CONFIG = """
{more}
ListenAddress {address}
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
UseDNS no
LogLevel ERROR
MaxStartups {startups}
MaxSessions 100
"""


@dataclass
class Sshd:
    """An sshd with a host key of its own that lets our key in, as whoever runs the tests."""

    folder: Path
    address: str = "127.0.0.1"
    startups: str = "1000"
    more: str = ""
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    user_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    port: int = 0

    def start(self) -> Sshd:
        if SSHD is None:
            pytest.skip("sshd is not installed")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port(self.address)
        self.host_key.write_private_key(self.folder / "host_key")
        (self.folder / "host_key").chmod(0o600)
        (self.folder / "authorized_keys").write_bytes(self.user_key.export_public_key())
        config = self.folder / "sshd_config"
        config.write_text(CONFIG.format(**vars(self)))
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # what sshd drops its privileges into
        words = [SSHD, "-D", "-E", str(self.folder / "log"), "-f", str(config)]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        self._until_it_listens()
        return self

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def known_hosts(self) -> str:
        return self.known_at(self.port)

    def known_at(self, port: int) -> str:
        """Its line of a known_hosts file, where it is reached at this port."""
        return f"[{self.address}]:{port} {self.host_key.export_public_key().decode()}"

    @property
    def private_key(self) -> bytes:
        return self.user_key.export_private_key()

    def device(self, name: str = "web-01", **options: Any) -> Device:
        said = {"user": getpass.getuser(), "port": self.port, "key": "ssh-key", "known_hosts": "known_hosts"}
        return Device(name, self.address, "ssh", options={**said, **options})

    def driver(self, *devices: Device, **runner: Any) -> SshDriver:
        return SshDriver.on(self.runner(**runner), devices)

    def runner(self, **more: Any) -> Runner:
        said: dict[str, Any] = {
            "base": self.folder,
            "clock": SystemClock(),
            "environ": {},
            "secret": {"ssh-key": self.private_key}.__getitem__,
            "host_keys": {"known_hosts": self.known_hosts},
        }
        return Runner(**{**said, **more})

    def _until_it_listens(self) -> None:
        end = time.monotonic() + 10
        while True:
            try:
                with socket.create_connection((self.address, self.port), timeout=1):
                    return
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < end, "sshd does not listen"
                time.sleep(0.01)


def free_port(address: str = "127.0.0.1") -> int:
    with socket.create_server((address, 0)) as taken:
        return int(taken.getsockname()[1])


@functools.cache
def shared_sshd() -> Sshd:
    """One for all beds of this process: they differ by their `root`."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-sshd-"))
    sshd = Sshd(folder).start()
    atexit.register(shutil.rmtree, folder)
    atexit.register(sshd.stop)
    return sshd


class SshBed(LocalBed):
    """The same folder with the same shop, reached through a real sshd."""

    hurry = 4.0

    def __init__(self, folder: Path) -> None:
        sshd = shared_sshd()
        super().__init__(folder)
        self.device = sshd.device(root=str(self.root))
        self.driver = sshd.driver(self.device)
