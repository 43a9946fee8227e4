"""A machine of the lab: systemd as the first process, with sshd and nginx, on a loopback address of its own."""

from __future__ import annotations

import secrets as chance
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tidegate.clock import SystemClock

_BOOT = Path(__file__).with_name("boot.sh")
_SSHD = """
Port {port}
ListenAddress {address}
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
MaxStartups 100
"""
# First all of it stands still: nothing shall see the rest end before it does.
_CUT = """
echo 1 >cgroup.freeze
until grep -qx 'frozen 1' cgroup.events; do sleep 0.01; done
echo 1 >cgroup.kill
until grep -qx 'populated 0' cgroup.events; do sleep 0.01; done
echo 0 >cgroup.freeze
"""
SSH_PORT = 2022
WEB_PORT = 2080
PATIENCE = 60.0
"""Seconds for a boot, on a machine that has other things to do."""


class Machine:
    """One machine. Its disk lies in `folder` and outlives the power; nothing else of it does.

    `keys` holds `id` and `id.pub`, the key that may log in as root.
    """

    def __init__(self, name: str, address: str, image: Path, folder: Path, keys: Path) -> None:
        self.name = name
        self.address = address
        self._image = image
        self._folder = folder
        self._keys = keys
        self._group = f"tidegate-lab-{address}"
        self._power: subprocess.Popen[bytes] | None = None
        for part in ("disk", "work", "root", "groups"):
            (folder / part).mkdir(parents=True)
        self._furnish()

    def _furnish(self) -> None:
        disk = self._folder / "disk"
        self._place("etc/machine-id", chance.token_hex(16) + "\n")
        self._place("etc/hostname", self.name + "\n")
        self._place("etc/ssh/sshd_config.d/lab.conf", _SSHD.format(port=SSH_PORT, address=self.address))
        self._place("etc/nginx/listen", f"listen {self.address}:{WEB_PORT};\n")
        self._place("root/.ssh/authorized_keys", (self._keys / "id.pub").read_text())
        for folder in ("root", "root/.ssh"):
            (disk / folder).chmod(0o700)
        key = disk / "etc/ssh/ssh_host_ed25519_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)

    def _place(self, target: str, text: str) -> None:
        path = self._folder / "disk" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    # Power.

    def switch_on(self) -> None:
        """Begin to boot. Its processes end with this one, at the latest."""
        with (self._folder / "console").open("ab") as console:
            self._power = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL"),
                    *("unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "--uts", "--ipc", "--time"),
                    *(f"--boottime=-{int(time.clock_gettime(time.CLOCK_BOOTTIME))}",),
                    *("sh", str(_BOOT), str(self._image), str(self._folder), self.name, self._group),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def is_on(self) -> bool:
        return self._power is not None and self._power.poll() is None

    def cut_power(self) -> None:
        """All its processes end at once, in the middle of whatever they do. What was written stays."""
        if self._power is not None:
            if self._power.poll() is None:
                self._in_groups(_CUT)
            self._await_off()

    def scrap(self) -> None:
        """Cut the power, and leave nothing of it on this machine but its folder."""
        self.cut_power()
        self._in_groups('find . -mindepth 1 -depth -type d -exec rmdir {} + && cd .. && rmdir "$2"')

    def _in_groups(self, script: str) -> None:
        """Run a script in its control group, as the machine underneath has it."""
        there = 'mount -t cgroup2 cgroup2 "$1" && cd "$1/$2" && eval "$3"'
        words = ["unshare", "--mount", "sh", "-ec", there, "sh", str(self._folder / "groups"), self._group, script]
        subprocess.run(words, check=True, timeout=PATIENCE)

    def reboot(self) -> None:
        """In good order, as an administrator does it; then on again."""
        self.run("systemctl reboot")
        self._await_off()
        self.switch_on()

    def _await_off(self) -> None:
        assert self._power is not None
        self._power.wait(timeout=PATIENCE)
        self._power = None

    # From the inside.

    def first(self) -> int:
        """The number, on this machine, of its first process."""
        assert self._power is not None, f"{self.name} is off"
        children = Path(f"/proc/{self._power.pid}/task/{self._power.pid}/children").read_text().split()
        assert len(children) == 1, f"{self.name} is not on yet"
        return int(children[0])

    def run(self, command: str) -> str:
        """What a shell inside says; AssertionError where it does not end well."""
        inside = ["nsenter", "--all", "-t", str(self.first()), "--wd", "--root", "sh", "-c", command]
        ended = subprocess.run(inside, capture_output=True, text=True, timeout=PATIENCE)
        assert ended.returncode == 0, f"{self.name}: {command}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def runs(self, command: str) -> bool:
        """Does it end well inside?"""
        try:
            self.run(command)
        except AssertionError:
            return False
        return True

    def path(self, target: str) -> Path:
        """A file as its processes see it."""
        return Path(f"/proc/{self.first()}/root{target}")

    # From the outside.

    @property
    def user_key(self) -> bytes:
        """What logs in as root."""
        return (self._keys / "id").read_bytes()

    @property
    def host_keys(self) -> str:
        """What a known_hosts file says of it."""
        key = (self._folder / "disk/etc/ssh/ssh_host_ed25519_key.pub").read_text()
        return f"[{self.address}]:{SSH_PORT} {key}"

    def serves(self) -> str:
        """What its web server says; empty while there is none."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:{WEB_PORT}/", timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    def is_up(self) -> bool:
        """Has it booted, and can it be reached?"""
        try:
            with socket.create_connection((self.address, SSH_PORT), timeout=5):
                return self.run("systemctl is-system-running || :").strip() in ("running", "degraded")
        except (OSError, AssertionError):
            return False

    def until(self, come: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Look again and again until it has come; AssertionError with the console's end where it does not."""
        clock = SystemClock()
        end = clock.monotonic() + patience
        while not come():
            assert clock.monotonic() < end, f"{self.name}: not within {patience} s\n{self.console()}"
            time.sleep(0.05)

    def await_up(self) -> None:
        self.until(self.is_up)

    def console(self) -> str:
        return (self._folder / "console").read_text(errors="replace")[-3000:]
