"""A team's place: a remote, a clone with a small project, a folder for each device. Commands run as people run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tidegate.cli.main import cli
from tidegate.clock import SystemClock
from tidegate.world import World

TIDEGATE = """\
tidegate: 1
name: shop
defaults: {driver: local, local: {root: "../devices/{{ device.name }}"}}
strategies:
  default:
    health: [well]
    waves:
      - {name: staging, select: env=staging, soak: 0s}
      - {name: canary, select: env=production, up_to: 1, max_failures: 0, soak: 0s}
      - {name: everyone, max_failures: 1, soak: 0s}
probes:
  well: {command: 'test "$(cat "$TIDEGATE_ROOT/run/app")" != sick', interval: 1s, successes: 1, failures: 1}
"""
COMPONENT = """\
type: files
select: all
vars: {version: 1}
files: {/etc/app.conf: files/app.conf.j2}
activate: mkdir -p "$TIDEGATE_ROOT/run" && cp "$TIDEGATE_ROOT/etc/app.conf" "$TIDEGATE_ROOT/run/app"
timeout: 20s
"""
PERSON, OTHER = "ada@example.org", "eve@example.org"


@dataclass(frozen=True)
class Said:
    """What a command ended with: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def first(self) -> str:
        return self.out.splitlines()[0]

    @property
    def whole(self) -> str:
        return self.out + self.err


@dataclass
class Team:
    """Everything lies below `top`. Devices: `stg-1`, `web-1` .. `web-<production>`."""

    top: Path
    production: int = 3
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.top.mkdir(parents=True, exist_ok=True)
        run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote)])
        run(["git", "init", "--quiet", "--initial-branch=main", str(self.clone)])
        self.git("config", "user.email", PERSON)
        self.git("config", "user.name", "Ada")
        self.git("remote", "add", "origin", str(self.remote))
        devices = ["  stg-1: {labels: {env: staging}}"]
        devices += [f"  web-{number}: {{labels: {{env: production}}}}" for number in range(1, self.production + 1)]
        self.write("fleet/all.yaml", "devices:\n" + "\n".join(devices) + "\n")
        self.write("tidegate.yaml", TIDEGATE)
        self.write("components/app/component.yaml", COMPONENT)
        self.write("components/app/files/app.conf.j2", "version {{ vars.version }}\n")
        for name in self.names:
            self.root(name).mkdir(parents=True)
        self.push("the first")

    @property
    def names(self) -> list[str]:
        return ["stg-1", *(f"web-{number}" for number in range(1, self.production + 1))]

    @property
    def clone(self) -> Path:
        return self.top / "clone"

    @property
    def remote(self) -> Path:
        return self.top / "remote.git"

    def root(self, device: str) -> Path:
        return self.top / "devices" / device

    def git(self, *words: str, here: Path | None = None) -> str:
        return run(["git", "-C", str(here or self.clone), *words])

    def write(self, path: str, text: str) -> None:
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.clone / path).read_text(encoding="utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        self.write(path, text.replace(old, new, 1))

    def push(self, message: str) -> str:
        """Commit all and push it; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD").strip()

    def version(self, number: int | str) -> str:
        """A new version of the one component, pushed."""
        component = self.clone / "components/app/component.yaml"
        lines = component.read_text(encoding="utf-8").splitlines()
        changed = [f"vars: {{version: {number}}}" if line.startswith("vars:") else line for line in lines]
        component.write_text("\n".join(changed) + "\n", encoding="utf-8")
        return self.push(f"version {number}")

    def disk(self) -> dict[str, str | None]:
        """What lies on every device, by its name; None where nothing does."""
        return {name: _text(self.root(name) / "etc/app.conf") for name in self.names}

    def loaded(self) -> dict[str, str | None]:
        """What every device's activation took last."""
        return {name: _text(self.root(name) / "run/app") for name in self.names}

    def tidegate(self, *words: str, environ: Mapping[str, str] | None = None) -> Said:
        """A command in this process, in the clone."""
        out: list[str] = []
        err: list[str] = []
        world = World(
            here=self.clone,
            clock=SystemClock(),
            environ={"PATH": os.environ["PATH"], **self.environ, **(environ or {})},
            say=out.append,
            tell=err.append,
            state=self.top / "state",
            cache=self.top / "cache",
        )
        result = CliRunner().invoke(cli, list(words), obj=world)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, "\n".join(out), "\n".join([*err, result.output]))

    def start(self, *words: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """A command in a process of its own, in a session of its own, with the same memory as `tidegate`."""
        own = {"TIDEGATE_STATE": str(self.top / "state"), "TIDEGATE_CACHE": str(self.top / "cache")}
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "tidegate", *words],
            cwd=self.clone,
            env={**kept, **own, **self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def whole_state(self) -> dict[str, bytes]:
        """Every byte of the clone: refs, index, HEAD, configuration, work tree."""
        files = (path for path in sorted(self.clone.rglob("*")) if path.is_file() and not path.is_symlink())
        return {str(path.relative_to(self.clone)): path.read_bytes() for path in files}


def run(words: Sequence[str]) -> str:
    """A program that must end well; what it says."""
    done = subprocess.run(list(words), capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
