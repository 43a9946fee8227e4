"""A runner that starts the image, where there is a container engine and `make image` has built it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from acting import on_github
from containers import ENGINE, IMAGE, ImageRunner, engine
from fakes.github.fake import FakeGitHub
from team import Team


@pytest.fixture(scope="session")
def image() -> str:
    if shutil.which(ENGINE) is None:
        pytest.skip("needs container-engine: neither podman nor docker")
    if engine("image", "inspect", IMAGE).returncode != 0:
        pytest.skip(f"no container image {IMAGE}: make image")
    return IMAGE


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, production=2)


@pytest.fixture
def github(team: Team, image: str) -> Iterator[FakeGitHub]:
    with on_github(team) as github:
        yield github


@pytest.fixture
def runner(team: Team, github: FakeGitHub) -> Iterator[ImageRunner]:
    runner = ImageRunner(team, github)
    yield runner
    for name in runner.names:
        engine("kill", name)
