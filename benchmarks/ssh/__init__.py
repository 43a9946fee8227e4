"""A rollout over real sshds beside a bare asyncssh script and beside Ansible; client and devices share one core."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from row import Row
from ssh.peers import ansible_playbook

HERE = Path(__file__).parent
SMALL, LARGE, LARGEST = 50, 200, 500
# A private network and private mounts: nothing of the machine is touched, and all of it goes with the process.
_ALONE = 'mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"'


def measure() -> list[Row]:
    """The short way, for every `make bench`: fifty devices beside the bare script. Says why it cannot."""
    lacking = lacks()
    if lacking:
        return [_unmeasured(lacking)]
    return _inside("short")


def measure_whole() -> list[Row]:
    """`make bench ONLY=ssh`: fifty, two hundred and five hundred devices, and Ansible. A quarter of an hour or more."""
    lacking = lacks()
    if lacking:
        sys.exit(f"benchmarks/ssh cannot measure here: {lacking}")
    ansible_playbook()  # made while there is a network
    return _inside("whole")


def lacks() -> str:
    """What this machine lacks to be measured on; empty where it has all."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it needs root on Linux, for namespaces and control groups of its own"
    missing = [
        name for name in ("sshd", "unshare", "git") if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None
    ]
    if missing:
        return f"{' and '.join(missing)} missing"
    counting = ("/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cgroup.controllers")
    return "" if any(map(os.path.exists, counting)) else "no control groups that count processor time"


def _inside(how: str) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        result = Path(folder) / "rows.json"
        words = [sys.executable, "-m", "ssh.inside", how, folder, str(result)]
        alone = ["unshare", "--net", "--mount", "/bin/sh", "-c", _ALONE, "sh"]
        environ = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        done = subprocess.run([*alone, *words], env=environ, check=False)
        if done.returncode != 0:
            sys.exit(f"benchmarks/ssh: it ended with {done.returncode}")
        rows: list[Row] = json.loads(result.read_text())
        return rows


def _unmeasured(lacking: str) -> Row:
    """In CI what was not measured does not hold, unless it is said there that just this may be lacking."""
    may = [word for word in os.environ.get("TIDEGATE_CI_MAY_SKIP", "").split(",") if word]
    holds = "TIDEGATE_CI_NO_SKIPS" not in os.environ or any(word in lacking for word in may)
    name = f"ssh: not measured: {lacking}"
    return {"name": name, "unit": "-", "ours": None, "peer": None, "ratio": None, "bar": None, "holds": holds}
