"""Whatever shell an account on a device has: it is told one line, and the rest comes on stdin."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from driving import FIRST, no_secrets
from tidegate.drivers.program import device_program, session_text, session_words
from tidegate.drivers.request import request
from tidegate.drivers.ssh.driver import command_line
from tidegate.drivers.ssh.options import way_to
from tidegate.model.project import Device
from tidegate.model.verb import Address, Inspect


@pytest.fixture(params=["sh", "bash", "tcsh", "fish"])
def shell(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def login(shell: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A session that is asked one thing, as sshd starts it."""
    options = {"user": "deploy", "known_hosts": "web-1", "agent": True, "root": str(root)}
    device, program = Device("web-1", "web-1", "ssh", options=options), device_program()
    words = session_words(program, root=str(root), device=device.name)
    address = Address("audit", 1, FIRST)
    asked = request((Inspect(("app",)),), nonce="n1", address=address, limit=10, fill=no_secrets)
    return subprocess.run(
        [shell, "-c", command_line(way_to(device), words)],
        input=(session_text(program) + asked).decode(),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent)},
        timeout=30,
    )


def test_it_starts_a_session(shell: str, tmp_path: Path) -> None:
    root = tmp_path / "what's here"
    root.mkdir()
    done = login(shell, root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == ["TG1 n1 runs app none", "TG1 n1 end 0"]


def test_it_says_that_there_is_no_such_folder(shell: str, tmp_path: Path) -> None:
    root = tmp_path / "what's gone"
    done = login(shell, root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"there is no folder {root}\n"
