"""The image that machines of the lab are made of: a small Debian with systemd, sshd and nginx."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

_PACKAGES = "systemd,systemd-sysv,dbus,openssh-server,nginx-light"
_SUITE = "bookworm"
_UNWANTED = (
    "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer console-getty.service"
    " e2scrub_reap.service getty.target systemd-logind.service"
)
# A shop: nginx says what it has loaded, which is what lay in the shop's file when it was started.
_FILES = {
    "etc/shop/shop.conf": "old",
    "etc/nginx/conf.d/shop.conf": "server { include /etc/nginx/listen; default_type text/plain; include /run/shop; }\n",
    "usr/local/bin/load-shop": """#!/bin/sh
printf 'return 200 "%s";\\n' "$(cat /etc/shop/shop.conf 2>/dev/null || echo nothing)" >/run/shop
""",
    "etc/systemd/system/nginx.service.d/shop.conf": """[Unit]
StartLimitIntervalSec=0
[Service]
ExecStartPre=
ExecStartPre=/usr/local/bin/load-shop
""",
}
_SOURCE = re.compile(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+)", re.MULTILINE)


def an_image() -> Path:
    """The folder with the image, which nobody writes to: from the user's cache, made first where it is not there."""
    recipe = hashlib.sha256(repr((_PACKAGES, _SUITE, _UNWANTED, _FILES)).encode()).hexdigest()[:12]
    shelf = platformdirs.user_cache_path("tidegate-lab")
    shelf.mkdir(parents=True, exist_ok=True)
    image = shelf / f"{_SUITE}-{recipe}"
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.is_dir():
            _make(image)
    return image


def _make(image: Path) -> None:
    """A folder of that name is whole: it gets its name last."""
    unfinished = image.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(unfinished), _mirror()],
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        pytest.skip(f"the lab: debootstrap could not make an image: {made.stdout[-300:]}{made.stderr[-300:]}")
    for unit in _UNWANTED.split():
        (unfinished / "etc/systemd/system" / unit).symlink_to("/dev/null")
    for path in (*(unfinished / "etc/ssh").glob("ssh_host_*"), unfinished / "etc/machine-id"):
        path.unlink(missing_ok=True)
    (unfinished / "etc/nginx/sites-enabled/default").unlink()
    for target, text in _FILES.items():
        (unfinished / target).parent.mkdir(parents=True, exist_ok=True)
        (unfinished / target).write_text(text)
    (unfinished / "usr/local/bin/load-shop").chmod(0o755)
    unfinished.rename(image)


def _mirror() -> str:
    """Where this machine has its own packages from."""
    apt = Path("/etc/apt")
    for source in (*sorted((apt / "sources.list.d").glob("*")), apt / "sources.list"):
        found = _SOURCE.search(source.read_text()) if source.is_file() else None
        if found is not None and "debian" in found[1]:
            return found[1]
    return "http://deb.debian.org/debian"


def lacking() -> str:
    """What the lab misses on this machine; empty where it can be built."""
    if os.geteuid() != 0:
        return "root"
    for program in ("debootstrap", "ssh-keygen"):
        if shutil.which(program) is None:
            return program
    own = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stderr=subprocess.DEVNULL)
    return "the right to make namespaces" if own.returncode else ""
