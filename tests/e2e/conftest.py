"""The stage of the end-to-end tests: an image, a fleet of containers, a GitHub of ours, a team's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import engine
from e2e.acting import Site
from e2e.fleet import IMAGE, Fleet, make_key
from e2e.shop import Shop
from fakes.github.fake import FakeGitHub

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
USES = ("tidegate/tidegate@v0", "tidegate/tidegate@main")
"""What workflows ask for: those of the team the one, our reusable one the other."""
BUILT = "act-tidegate-tidegate-{}-dockeraction:latest"
"""What `act` calls the image of that action; one that is there already is not built again."""
NAMES = ("ber-stg-01", "muc-stg-01", *(f"ber-prod-0{n}" for n in range(1, 5)), *(f"muc-prod-0{n}" for n in range(1, 4)))


@pytest.fixture(scope="session")
def image() -> str:
    """The image of the action, from the real Dockerfile."""
    engine.require_engine()
    built = subprocess.run(["make", "image", f"IMAGE={BUILT}"], cwd=ROOT, capture_output=True, timeout=900)
    assert built.returncode == 0, built.stderr.decode()[-4000:]
    return BUILT


@pytest.fixture(scope="session")
def act() -> str:
    """The program `act`."""
    found = shutil.which("act", path=os.pathsep.join((os.environ.get("TIDEGATE_E2E_BIN", ""), os.environ["PATH"])))
    if found is None:
        pytest.skip("needs act: make e2e installs it")
    return found


@pytest.fixture(scope="session")
def fleet(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Nine machines with sshd and nginx."""
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "client")
    engine.build(HERE / "device", IMAGE)
    fleet = Fleet(folder)
    try:
        for name in NAMES:
            fleet.start(name)
        fleet.await_up()
        yield fleet
    finally:
        fleet.stop()


@pytest.fixture(scope="session")
def shop(fleet: Fleet, act: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with FakeGitHub(folder / "github", "acme/shop") as github:
        action = _checkout(folder / "action")
        site = Site(act, action, USES, github.url, github.url, github.state.repository)
        shop = Shop(folder, github, fleet, site)
        shop.begin()
        yield shop


def _checkout(folder: Path) -> Path:
    """What `uses:` would fetch: the files of this checkout that git tracks, and no more."""
    folder.mkdir()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder
