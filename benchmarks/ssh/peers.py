"""The peer that we are measured against, in an environment of its own in the user's cache."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from platformdirs import user_cache_path

LOCK = Path(__file__).parents[2] / "requirements" / "peers.lock"


def ansible_playbook() -> Path:
    """The program, installed from requirements/peers.lock when it is first needed. It wants the network for that."""
    made = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = user_cache_path("tidegate") / f"bench-{made}"
    program = folder / "bin" / "ansible-playbook"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(pip, check=True)
    return program
