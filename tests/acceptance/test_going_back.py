"""`tidegate rollback`, files as found, stranded devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from team import Team


@pytest.fixture
def found(tmp_path: Path) -> Team:
    """A team whose devices have files that somebody put there, and no record."""
    team = Team(tmp_path)
    for name in team.names:
        file = team.root(name) / "etc/app.conf"
        file.parent.mkdir()
        file.write_text(f"by hand on {name}\n")
        file.chmod(0o640)
    assert team.tidegate("audit", "init").code == 0
    return team


@pytest.fixture
def team(found: Team) -> Team:
    """Version 1 was deployed over them."""
    said = found.tidegate("deploy")
    assert said.code == 0, said.whole
    return found


def holds(version: int, team: Team) -> dict[str, str]:
    return dict.fromkeys(team.names, f"version {version}\n")


def by_hand(team: Team) -> dict[str, str]:
    return {name: f"by hand on {name}\n" for name in team.names}


def test_files_as_found_are_adopted_and_said_so_by_name(found: Team) -> None:
    assert "Adopted: stg-1 web-1 web-2 web-3" in found.tidegate("plan").out
    said = found.tidegate("deploy")
    assert "web-1" in said.err
    assert "adopted" in said.err


def test_a_device_that_fails_gets_its_files_as_found(found: Team) -> None:
    found.write("components/app/files/app.conf.j2", "sick")
    found.push("bad from the start")
    said = found.tidegate("deploy")
    assert said.code == 1, said.whole
    assert found.disk() == by_hand(found)
    assert (found.root("stg-1") / "etc/app.conf").stat().st_mode & 0o777 == 0o640
    assert found.loaded()["stg-1"] == "by hand on stg-1\n"


def test_rollback_brings_back_what_the_record_says_and_activates_it(team: Team) -> None:
    team.version(2)
    assert team.tidegate("deploy").code == 0
    said = team.tidegate("rollback", "--why", "customers complain")
    assert said.code == 0, said.whole
    assert said.out.startswith("✓ Rolled back: all 4 devices run what they ran before default-")
    assert team.disk() == team.loaded() == holds(1, team)
    assert "One look afterwards: 4 devices of 4 healthy." in said.err


def test_rollback_of_the_first_rollout_brings_back_files_as_found(team: Team) -> None:
    said = team.tidegate("rollback")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == by_hand(team)
    assert (team.root("web-1") / "etc/app.conf").stat().st_mode & 0o777 == 0o640


def test_what_was_rolled_back_is_refused_and_its_revert_is_nothing_to_do(team: Team) -> None:
    team.version(2)
    assert team.tidegate("deploy").code == 0
    assert team.tidegate("rollback").code == 0
    said = team.tidegate("deploy")
    assert (said.code, "remembered-bad" in said.out) == (1, True)
    team.git("revert", "--no-edit", "HEAD")
    team.git("push", "--quiet", "origin", "HEAD:main")
    said = team.tidegate("deploy")
    assert (said.code, said.out.partition(":")[0]) == (0, "Nothing to do")


def test_the_newest_goes_back_first(team: Team) -> None:
    team.version(2)
    team.tidegate("deploy")
    second = team.tidegate("status", "--format", "json").json["shop/default"]["rollout"]
    team.version(3)
    team.tidegate("deploy")
    said = team.tidegate("rollback", second)
    assert (said.code, "the newest goes back first" in said.err) == (1, True)
    assert team.tidegate("rollback").code == 0
    assert team.disk() == holds(2, team)
    assert team.tidegate("rollback").code == 0
    assert team.disk() == team.loaded() == holds(1, team)


def test_there_is_nothing_to_take_back_twice(team: Team) -> None:
    assert team.tidegate("rollback").code == 0
    said = team.tidegate("rollback")
    assert (said.code, "no rollout has left anything behind" in said.err) == (1, True)


def test_a_device_that_cannot_go_back_is_stranded_until_somebody_releases_it(team: Team) -> None:
    # Its activation fails on the way up, and again on the former files.
    team.change("components/app/component.yaml", "activate: mkdir", "activate: test $TIDEGATE_DEVICE != web-1 && mkdir")
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 4, said.whole
    assert said.out.startswith("✗ 1 device stranded: a person must look there now.")
    team.git("revert", "--no-edit", "HEAD")
    team.version(3)
    said = team.tidegate("deploy")
    assert "it is stranded from before" in said.err, said.whole
    team.tidegate("abort")
    said = team.tidegate("fleet", "release", "web-1", "the disk was replaced")
    assert (said.code, said.out.startswith("web-1 is released.")) == (0, True), said.whole
    said = team.tidegate("deploy", "--over-drift", "released today", "--retry", "it was web-1")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == holds(3, team)
    assert "web-1 is released by ada@example.org: the disk was replaced" in _whole_story(team)


def _whole_story(team: Team) -> str:
    rollouts = [line.split()[1] for line in team.tidegate("audit", "log").out.splitlines()]
    return "\n".join(team.tidegate("audit", "show", rollout).out for rollout in rollouts)


def test_a_device_that_is_not_there_cannot_be_released(team: Team) -> None:
    said = team.tidegate("fleet", "release", "web-9", "why")
    assert (said.code, "there is no device `web-9`; did you mean" in said.err) == (2, True)
