"""Those that are measured: a real `tidegate deploy`, the bare script, and Ansible; each checked for what it left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssh.account import Account
from ssh.fleet import HERE, PORT, Fleet, content

TIDEGATE = f"""\
tidegate: 1
name: shop
secrets: {{ssh-key: {{env: SSH_KEY}}}}
defaults: {{ssh: {{user: root, key: ssh-key, known_hosts: known_hosts}}}}
strategies:
  default:
    health: [serves]
    confirm: verified
    waves: [{{name: everyone, select: all, soak: 0s, max_failures: 0}}]
probes:
  serves: {{http: "http://{{{{ device.host }}}}:{PORT}/app", timeout: 60s, successes: 1, failures: 1}}
"""
COMPONENT = """\
type: files
select: all
files: {/var/lib/app/live.conf: files/live.conf}
validate: grep -q '^ok' "$TIDEGATE_STAGED/var/lib/app/live.conf"
activate: cp /var/lib/app/live.conf /var/lib/app/loaded
"""
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - copy: {src: "{{ file }}", dest: /var/lib/ansible/live.conf, backup: true, validate: "grep -q ^ok %s"}
    - command: cp /var/lib/ansible/live.conf /var/lib/ansible/loaded
    - command: cmp /var/lib/ansible/live.conf /var/lib/ansible/loaded
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: on the clock, of the client's processor time, and of the devices'; the client's memory in MB."""

    wall: float
    client: float
    devices: float
    memory: float

    @property
    def total(self) -> float:
        return self.client + self.devices


class Contender(ABC):
    what: str

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.version = 0

    def round(self) -> Cost:
        """Brings the next version to all devices, and looks at what lies there."""
        self.version += 1
        words, environ = self.prepare()
        client, before, began = Account(f"client-{self.what}"), self.fleet.devices.seconds(), time.monotonic()
        memory = self._run(client.joining(words), environ)
        wall = time.monotonic() - began
        self.fleet.settle()
        cost = Cost(wall, client.seconds(), self.fleet.devices.seconds() - before, memory)
        client.close()
        self.check()
        return cost

    def _run(self, words: Sequence[str], environ: Mapping[str, str]) -> float:
        """To its end, which must be good; the most memory it held, in MB."""
        said = self.fleet.top / "said"
        with said.open("wb") as out:
            running = subprocess.Popen(
                words,
                env={"PATH": os.environ["PATH"], "HOME": str(self.fleet.top), "LC_ALL": "C.UTF-8", **environ},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder(),
            )
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        assert running.returncode == 0, f"{self.what}: {running.returncode}\n{said.read_text()[-2000:]}"
        return used.ru_maxrss / 1024

    def folder(self) -> Path:
        return self.fleet.top

    @abstractmethod
    def prepare(self) -> tuple[Sequence[str], Mapping[str, str]]:
        """What is run, and the environment it needs. What this costs is not measured."""

    def check(self) -> None:
        new, old = content(self.version), content(self.version - 1)
        for host in self.fleet.hosts:
            folder = self.fleet.path(host, self.what)
            for name in ("live.conf", "loaded"):
                assert (folder / name).read_bytes() == new, f"{host}: {name} is not the new one"
            backups = self.backups(host)
            assert [path.read_bytes() for path in backups] == [old], f"{host}: backups {backups}"

    @abstractmethod
    def backups(self, host: str) -> Sequence[Path]:
        """Where the version before is kept. AssertionError where something is left that should not be."""


class Bare(Contender):
    what = "bare"

    def prepare(self) -> tuple[Sequence[str], Mapping[str, str]]:
        (self.fleet.top / "new").write_bytes(content(self.version))
        return [sys.executable, str(HERE / "bare.py"), "hosts", "known_hosts", "key", "new"], {}

    def backups(self, host: str) -> Sequence[Path]:
        folder = self.fleet.path(host, "bare")
        assert {path.name for path in folder.iterdir()} == {"live.conf", "live.conf.bak", "loaded"}, host
        return [folder / "live.conf.bak"]


class Ansible(Contender):
    what = "ansible"

    def __init__(self, fleet: Fleet, program: Path) -> None:
        super().__init__(fleet)
        self._program = program
        (fleet.top / "play.yml").write_text(PLAY)
        lines = [f"{host} ansible_user=root ansible_ssh_private_key_file={fleet.top}/key" for host in fleet.hosts]
        (fleet.top / "inventory").write_text("\n".join([*lines, ""]))

    def prepare(self) -> tuple[Sequence[str], Mapping[str, str]]:
        for host in self.fleet.hosts:
            for old in self.fleet.path(host, "ansible").glob("live.conf.*~"):
                old.unlink()
        (self.fleet.top / "new").write_bytes(content(self.version))
        file = str(self.fleet.top / "new")
        words = [str(self._program), "-i", "inventory", "-e", f"file={file}", "play.yml"]
        known = f"-o UserKnownHostsFile={self.fleet.top}/known_hosts -F none"
        return words, {
            "ANSIBLE_FORKS": "32",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_SSH_ARGS": f"{known} -o ControlMaster=auto -o ControlPersist=60s",
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        }

    def backups(self, host: str) -> Sequence[Path]:
        return list(self.fleet.path(host, "ansible").glob("live.conf.*~"))


class Tidegate(Contender):
    """A rollout that was validated, planned and opened before, as a job of its own does: then carried out."""

    what = "app"

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(fleet.top / "remote.git"), here=fleet.top)
        self.folder().mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("config", "user.name", "bench")
        self._git("config", "user.email", "bench@localhost")
        self._git("remote", "add", "origin", str(fleet.top / "remote.git"))
        self._write("tidegate.yaml", TIDEGATE)
        self._write("known_hosts", (fleet.top / "known_hosts").read_text())
        self._write("components/app/component.yaml", COMPONENT)
        names = [f"  d-{host.replace('.', '-')}: {{address: {host}}}" for host in fleet.hosts]
        self._write("fleet/all.yaml", "\n".join(["devices:", *names, ""]))
        self._publish()
        self._tidegate("audit", "init")

    def folder(self) -> Path:
        return self.fleet.top / "clone"

    def prepare(self) -> tuple[Sequence[str], Mapping[str, str]]:
        self._publish()
        self._tidegate("deploy", "--open")
        return [sys.executable, "-m", "tidegate", "resume"], self._environ()

    def backups(self, host: str) -> Sequence[Path]:
        state = self.fleet.path(host, "tidegate/tx")
        assert not any((state / "armed").iterdir()), f"{host}: something is still armed"
        assert not any((state / "reverting").iterdir()), host
        confirmed = sorted((state / "confirmed").iterdir(), key=lambda path: path.stat().st_mtime)
        return [path for path in (confirmed[-1] / "old").rglob("*") if path.is_file()]

    def _tidegate(self, *words: str) -> None:
        said = subprocess.run(
            [sys.executable, "-m", "tidegate", *words],
            cwd=self.folder(),
            env={"PATH": os.environ["PATH"], **self._environ()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode in (0, 5), f"{words}: {said.returncode}\n{said.stdout}{said.stderr}"

    def _environ(self) -> Mapping[str, str]:
        top = self.fleet.top
        memory = {f"TIDEGATE_{name.upper()}": str(top / name) for name in ("state", "cache", "spool")}
        return {**memory, "SSH_KEY": (top / "key").read_text(), **self._git_environ()}

    def _git_environ(self) -> Mapping[str, str]:
        return {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def _publish(self) -> None:
        path = self.folder() / "components/app/files/live.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(self.version))
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", f"version {self.version}")
        self._git("push", "--quiet", "origin", "HEAD:main")

    def _write(self, path: str, text: str) -> None:
        file = self.folder() / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _git(self, *words: str, here: Path | None = None) -> None:
        subprocess.run(
            ["git", *words], cwd=here or self.folder(), env={**os.environ, **self._git_environ()}, check=True
        )
