"""The action's image in a container engine, started as GitHub's runner starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

from acting import Runner, Step

IMAGE = os.environ.get("TIDEGATE_IMAGE", "localhost/tidegate:dev")
ENGINE = os.environ.get("ENGINE") or next((name for name in ("podman", "docker") if shutil.which(name)), "none")


def engine(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ENGINE, *words], capture_output=True, text=True, timeout=60)


@dataclass
class ImageRunner(Runner):
    """A runner as GitHub's: the step's container has the workspace, a home and files for outputs and summary, below
    /github. Devices are folders of this machine, at the same path in it."""

    image: str = IMAGE
    options: Sequence[str] = ()
    count: int = 0
    names: list[str] = field(default_factory=list)

    def start(self, command: str, entry: str = "", **inputs: str) -> subprocess.Popen[str]:
        self.count += 1
        self.names.append(f"tidegate-test-{os.getpid()}-{self.number}-{self.attempt}-{self.job}-{self.count}")
        files = self._files()
        for file in files.values():
            file.unlink(missing_ok=True)
            file.touch()
        said = {
            **self.said(command, **inputs),
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            **{name: f"/github/file_commands/{file.name}" for name, file in files.items()},
        }
        given = [
            word for name, value in said.items() if name not in ("PATH", "TMPDIR") for word in ("-e", f"{name}={value}")
        ]
        folder = self.team.top / "runner"
        devices = self.team.top / "devices"
        shared = (
            (self.workspace, "/github/workspace"),
            (self.home, "/github/home"),
            (folder, "/github/workflow"),
            (files["GITHUB_OUTPUT"].parent, "/github/file_commands"),
            (devices, devices),
        )
        volumes = [word for here, there in shared for word in ("-v", f"{here}:{there}")]
        where = ["--network=host", "--rm", "--name", self.names[-1], "--workdir", "/github/workspace"]
        other = ["--entrypoint", entry] if entry else []
        return subprocess.Popen(
            [ENGINE, "run", *where, *self.options, *other, *volumes, *given, self.image],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def post(self, command: str, **inputs: str) -> Step:
        return self.ended(self.start(command, entry="/usr/local/bin/tidegate-post", **inputs))

    @property
    def lives(self) -> bool:
        """Does the newest container run?"""
        return engine("inspect", "--format", "{{.State.Running}}", self.names[-1]).stdout.strip() == "true"
