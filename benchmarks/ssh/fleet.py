"""Many devices on one machine that are strangers to it: each an sshd of its own, with folders of its own."""

from __future__ import annotations

import fcntl
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncssh

from ssh.account import Account

HERE = Path(__file__).parent
PORT = 8080
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
CONFIG = """
HostKey {top}/host_key
AuthorizedKeysFile {top}/key.pub
PidFile none
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
LogLevel ERROR
MaxStartups 1000
"""
# One device: its state and its targets are in a folder of its own, to it alone, and within one mount, for nothing is
# renamed from one to another. Root's shell has nothing to read first.
_ALONE = 'mount --bind "$1" /var/lib && mount -t tmpfs -o size=1m none /root && shift && exec "$@"'
_WHATS = ("app", "bare", "ansible")
_SIZE = 4096


def content(version: int) -> bytes:
    """A file of 4 KiB."""
    head = f"version={version}\nok\n".encode()
    return head + b"#" * (_SIZE - len(head) - 1) + b"\n"


class Fleet:
    """`size` devices at 127.0.1.1, 127.0.1.2 and so on, in a network that has nothing else. Needs root.

    Must be made inside namespaces of its own for network and mounts: what it mounts is gone with them.
    """

    def __init__(self, top: Path, size: int) -> None:
        self.top = top
        self.devices = Account(f"devices-{size}")
        self.hosts = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(size)]
        host, key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        host.write_private_key(top / "host_key")
        key.write_private_key(top / "key")
        key.write_public_key(top / "key.pub")
        for name in ("host_key", "key"):
            (top / name).chmod(0o600)
        public = host.export_public_key().decode().strip()
        (top / "known_hosts").write_text("".join(f"{name} {public}\n" for name in self.hosts))
        (top / "hosts").write_text("\n".join(self.hosts))
        (top / "sshd_config").write_text(CONFIG.format(top=top))
        for name in self.hosts:
            for what in _WHATS:
                (top / name / what).mkdir(parents=True)
                for file in ("live.conf", "loaded"):
                    (top / name / what / file).write_bytes(content(0))
        health = [sys.executable, str(HERE / "health.py"), str(top), str(PORT)]
        self._running = [self._start(health), *map(self._sshd, self.hosts)]
        for name in self.hosts:
            _until(lambda name=name: _listens(name, 22))  # type: ignore[misc]
        _until(lambda: _listens(self.hosts[0], PORT))
        self.quiet = self.devices.members()

    def path(self, host: str, name: str) -> Path:
        return self.top / host / name

    def settle(self) -> None:
        """Every session is over. AssertionError where something of a rollout lives on."""
        _until(lambda: self.devices.members() <= self.quiet, f"still alive: {self.devices.members() - self.quiet}")

    def close(self) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()
        self.devices.close()

    def _sshd(self, host: str) -> subprocess.Popen[bytes]:
        assert SSHD is not None
        listen = [SSHD, "-D", "-e", "-f", str(self.top / "sshd_config"), "-o", f"ListenAddress={host}:22"]
        return self._start(["unshare", "--mount", "/bin/sh", "-c", _ALONE, "sh", str(self.top / host), *listen])

    def _start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.devices.joining(words), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def raise_loopback() -> None:
    """A new network has a loopback that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS: IFF_UP, IFF_RUNNING


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _until(come: Callable[[], bool], why: str = "a device does not come up", seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < end, why
        time.sleep(0.02)
