"""Where the demo plays: a folder with a clone, its remote, and one folder per device."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from tidegate.child import allowed, run
from tidegate.errors import GitError, UsageError

MARK = ".tidegate-demo"
WRITTEN_PORT = 18101
"""The first of the ports in `examples/first`."""
GIT_SECONDS = 30.0
SETTINGS = {
    "user.name": "Demo Person",
    "user.email": "demo@example.org",
    # A person's own signing and hooks have no business here.
    "commit.gpgSign": "false",
    "core.hooksPath": ".git/no-hooks",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What the demo knows of a device: its name, its shop's port, `staging` or `production`."""

    name: str
    port: int
    env: str


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one demo, all below `top`; `environ` is the person's, for their git."""

    top: Path
    environ: Mapping[str, str]

    @property
    def clone(self) -> Path:
        return self.top / "shop"

    @property
    def remote(self) -> Path:
        return self.top / "shop.git"

    @property
    def memory(self) -> Path:
        """What Tidegate remembers of a demo stays with the demo."""
        return self.top / "tidegate"

    def root(self, device: str) -> Path:
        """The folder that stands for a device."""
        return self.top / "devices" / device

    def machines(self) -> tuple[Machine, ...]:
        """All devices, as the fleet files of the clone have them."""
        found = []
        for path in sorted(self.clone.glob("fleet/*.yaml")):
            fleet = yaml.safe_load(path.read_text(encoding="utf-8"))
            env = fleet["defaults"]["labels"]["env"]
            for name, device in fleet["devices"].items():
                found.append(Machine(name, device["vars"]["port"], device.get("labels", {}).get("env", env)))
        return tuple(found)

    def git(self, *arguments: str) -> str:
        """git as the demo's person uses it, in the clone. Raises GitError with git's own words."""
        return _git(self.environ, self.clone, *arguments)


def example() -> Path:
    """The folder `examples/first`: of the checkout, or of the installed package."""
    packaged = Path(str(files("tidegate"))) / "app" / "demo" / "first"
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "examples" / "first"


def make_place(top: Path, environ: Mapping[str, str], first_port: int) -> Place:
    """A new place in `top`, which is empty, missing, or a demo's. The clone has one commit, and it is pushed."""
    if top.exists() and any(top.iterdir()) and not (top / MARK).exists():
        raise UsageError(f"{top} is not empty, and no demo of ours", hint="Name another folder: tidegate demo --in DIR")
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir(parents=True)
    (top / MARK).touch()
    place = Place(top.resolve(), environ)
    _git(environ, place.top, "init", "--quiet", "--bare", "--initial-branch=main", str(place.remote))
    _git(environ, place.top, "init", "--quiet", "--initial-branch=main", str(place.clone))
    shutil.copytree(example(), place.clone, dirs_exist_ok=True)
    move_ports(place.clone, first_port)
    for key, value in SETTINGS.items():
        place.git("config", key, value)
    place.git("remote", "add", "origin", str(place.remote))
    place.git("add", ".")
    place.git("commit", "--quiet", "-m", "The shop's configuration")
    place.git("push", "--quiet", "--set-upstream", "origin", "main")
    return place


def move_ports(clone: Path, first: int) -> None:
    """The fleet's ports, written as from 18101 on, begin at `first` instead."""
    for path in clone.glob("fleet/*.yaml"):
        text = path.read_text(encoding="utf-8")
        moved = re.sub(r"(?<=port: )\d+", lambda port: str(int(port[0]) - WRITTEN_PORT + first), text)
        path.write_text(moved, encoding="utf-8")


def _git(environ: Mapping[str, str], folder: Path, *arguments: str) -> str:
    done = run(["git", "-C", str(folder), *arguments], timeout=GIT_SECONDS, environ=allowed(environ))
    if not done.well:
        raise GitError(f"git {arguments[0]} in {folder}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()
