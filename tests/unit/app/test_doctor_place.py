"""Which GitHub a remote is on: a token goes to that one, and to no other."""

from __future__ import annotations

import pytest

from tidegate.app.doctor.place import github_of
from tidegate.github.address import address
from tidegate.model.run import Run

SERVER = {"GITHUB_SERVER_URL": "https://git.acme.example"}


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/fleet.git",
        "https://github.com/acme/fleet",
        "https://token@github.com/acme/fleet.git",
        "git@github.com:acme/fleet.git",
        "github.com:acme/fleet",
        "ssh://git@github.com/acme/fleet.git",
        "ssh://git@ssh.github.com:443/acme/fleet.git",
        "https://GitHub.com/acme/fleet/",
    ],
)
def test_the_public_one(remote: str) -> None:
    found = github_of(remote, {**SERVER, "GITHUB_API_URL": "https://git.acme.example/api/v3"}, None)
    assert found is not None
    where = address(found)
    assert (where.api, where.repository) == ("https://api.github.com", "acme/fleet")


@pytest.mark.parametrize("remote", ["git@git.acme.example:acme/fleet.git", "https://git.acme.example/acme/fleet.git"])
def test_an_enterprise_server_is_known_by_its_address(remote: str) -> None:
    assert github_of(remote, {}, None) is None
    found = github_of(remote, SERVER, None)
    assert found is not None
    where = address(found)
    assert (where.api, where.server) == ("https://git.acme.example/api/v3", "https://git.acme.example")


def test_a_tenant_of_ghe_com() -> None:
    found = github_of("https://acme.ghe.com/acme/fleet.git", {}, None)
    assert found is not None
    assert address(found).api == "https://api.acme.ghe.com"


@pytest.mark.parametrize(
    "remote",
    [
        "/srv/git/fleet.git",
        "../fleet.git",
        "C:/git/fleet.git",
        "https://gitlab.com/acme/fleet.git",
        "git@github.com.evil.example:acme/fleet.git",
        "https://evil.example/github.com/acme/fleet.git",
        "https://github.com/acme",
        "https://github.com/acme/fleet/more",
        "file:///srv/github.com/fleet.git",
    ],
)
def test_all_else_is_no_github_that_we_know(remote: str) -> None:
    assert github_of(remote, SERVER, None) is None


def test_in_a_job_it_is_the_jobs() -> None:
    run = Run("https://github.com", "acme/fleet", "1" * 40, "push", "ada", "7", 1, "plan", "a-token")
    found = github_of("anything", {"GITHUB_API_URL": "https://api.github.com"}, run)
    assert found is not None
    assert address(found).repository == "acme/fleet"
