"""The stage of the end-to-end tests: an image, a fleet of containers, a GitHub of ours, a team's repository."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from containers import IMAGE
from e2e import engine
from e2e.acting import Site, act_program
from e2e.fleet import DEVICE, Fleet, make_key
from e2e.shop import Shop
from fakes.github.fake import FakeGitHub

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REFS = ("v0", "main")
"""What workflows use of us: those of the team the one, our reusable one the other."""
NAMES = ("ber-stg-01", "muc-stg-01", *(f"ber-prod-0{n}" for n in range(1, 5)), *(f"muc-prod-0{n}" for n in range(1, 4)))


@pytest.fixture(scope="session")
def act() -> str:
    """The program `act`."""
    found = act_program()
    if found is None:
        pytest.skip("needs act: make e2e installs it")
    return found


@pytest.fixture(scope="session")
def image(act: str) -> str:
    """The image of the action, which `make e2e` has built from the real Dockerfile, under the names that `act` gives to
    what it builds itself: one that is there already is not built again."""
    engine.require_engine()
    for ref in REFS:
        for registry in ("docker.io/library", "localhost"):  # Docker reads a short name the one way, Podman the other
            engine.docker("tag", IMAGE, f"{registry}/act-tidegate-tidegate-{ref}-dockeraction:latest")
    return IMAGE


@pytest.fixture(scope="session")
def fleet(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Nine machines with sshd and nginx."""
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "client")
    engine.build(HERE / "device", DEVICE)
    fleet = Fleet(folder)
    fleet.clear()  # an aborted run left its machines, which hold the addresses
    try:
        for name in NAMES:
            fleet.start(name)
        fleet.await_up()
        yield fleet
    finally:
        fleet.clear()


@pytest.fixture(scope="session")
def shop(fleet: Fleet, act: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with FakeGitHub(folder / "github", "acme/shop") as github:
        action = _checkout(folder / "action")
        uses = [f"tidegate/tidegate@{ref}" for ref in REFS]
        site = Site(act, action, uses, github.url, github.url, github.state.repository)
        shop = Shop(folder, github, fleet, site)
        shop.begin()
        yield shop
        shop.clear()


def _checkout(folder: Path) -> Path:
    """Of what `uses:` would fetch, what is read: the image is built, so no more of it goes into every job."""
    for name in ("action.yml", "Dockerfile", ".github/workflows/validate.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder
