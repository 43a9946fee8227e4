"""`tidegate deploy` on real folders by real commands: what reaches devices, what goes back, what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from team import PERSON, Team

SLOW_LANE = """\
  slow:
    waves:
      - {name: staging, select: env=staging, soak: 0s}
      - {name: some, select: env=production, up_to: 1, soak: 0s}
      - {name: everyone, soak: 0s}
"""


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team whose fleet runs version 1."""
    team = Team(tmp_path)
    assert team.tidegate("audit", "init").code == 0
    said = team.tidegate("deploy")
    assert said.code == 0, said.whole
    return team


def holds(version: int | str, team: Team) -> dict[str, str]:
    return dict.fromkeys(team.names, f"version {version}\n")


def test_a_change_reaches_every_device_and_what_runs_there(team: Team) -> None:
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == holds(2, team)
    assert said.out.startswith("✓ Done: all 4 devices run ")


def test_waves_open_one_after_another(team: Team) -> None:
    team.version(2)
    said = team.tidegate("deploy").err
    at = [said.index(f"{wave} opened") for wave in ("staging  ", "canary   ", "everyone ")]
    assert at == sorted(at)


def test_again_there_is_nothing_to_do(team: Team) -> None:
    said = team.tidegate("deploy")
    assert (said.code, said.out.partition(":")[0]) == (0, "Nothing to do")


def test_the_clone_stays_as_it_is_to_the_byte(team: Team) -> None:
    team.version(2)
    before = team.whole_state()
    assert team.tidegate("deploy").code == 0
    assert team.whole_state() == before


def test_what_is_not_pushed_is_not_deployed(team: Team) -> None:
    team.change("components/app/component.yaml", "version: 1", "version: 2")
    said = team.tidegate("deploy")
    assert said.code == 0
    assert "Not deployed, for it is not committed: components/app/component.yaml" in said.err
    team.git("commit", "--quiet", "--all", "--message", "not pushed")
    said = team.tidegate("deploy")
    assert (said.code, "Push it first" in said.err) == (2, True)
    assert team.disk() == holds(1, team)


def test_a_dry_run_is_the_plan(team: Team) -> None:
    team.version(2)
    assert team.tidegate("deploy", "--dry-run").out == team.tidegate("plan").out
    assert team.disk() == holds(1, team)


def test_one_device_that_fails_goes_back_alone(team: Team) -> None:
    team.write(
        "components/app/files/app.conf.j2", "{% if device.name == 'web-3' %}sick{% else %}version 2\n{% endif %}"
    )
    team.push("web-3 will not like it")
    said = team.tidegate("deploy")
    assert said.code == 0, said.whole
    assert "but not everywhere: 3 of 4 devices run" in said.out
    assert team.disk() == team.loaded() == {**holds(2, team), "web-3": "version 1\n"}
    assert "web-3" in said.out


def test_a_failed_canary_stops_it_and_goes_back(team: Team) -> None:
    team.write(
        "components/app/files/app.conf.j2", "{% if device.labels.env == 'production' %}sick{% else %}fine\n{% endif %}"
    )
    team.push("bad for production")
    said = team.tidegate("deploy")
    assert said.code == 1, said.whole
    assert said.out.startswith("✗ Stopped at `canary`: 1 of 1 device failed, 0 were allowed.")
    assert team.disk() == team.loaded() == {**holds(1, team), "stg-1": "fine\n"}


def test_what_went_back_is_remembered_as_bad_until_somebody_says_why(team: Team) -> None:
    team.write("components/app/files/app.conf.j2", "sick")
    team.push("bad")
    assert team.tidegate("deploy").code == 1
    team.write("README", "another commit of the same files\n")
    team.push("the same files")
    said = team.tidegate("deploy")
    assert said.code == 1
    assert "remembered-bad" in said.out
    assert '--retry "why"' in said.out
    said = team.tidegate("deploy", "--retry", "the switch was down")
    assert said.code == 1
    assert said.out.startswith("✗ Stopped at `staging`")


def test_a_validation_that_fails_on_the_device_switches_nothing(team: Team) -> None:
    team.change(
        "components/app/component.yaml",
        "activate:",
        'validate: grep -q good "$TIDEGATE_STAGED/etc/app.conf"\nactivate:',
    )
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 1, said.whole
    assert "refused" in said.err
    assert team.disk() == team.loaded() == holds(1, team)


def test_two_revisions_in_a_row_reach_all_devices_in_order(team: Team) -> None:
    second = team.version(2)
    assert team.tidegate("deploy").code == 0
    team.version(3)
    assert team.tidegate("deploy").code == 0
    assert team.disk() == team.loaded() == holds(3, team)
    before = {name: sorted(_bytes(team.root(name)).items()) for name in team.names}
    team.git("checkout", "--quiet", second)
    said = team.tidegate("deploy")
    assert (said.code, said.out.partition(":")[0]) == (0, "Superseded")
    assert {name: sorted(_bytes(team.root(name)).items()) for name in team.names} == before


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_revision_beside_the_last_one_is_not_deployed(team: Team) -> None:
    team.version(2)
    assert team.tidegate("deploy").code == 0
    team.git("reset", "--quiet", "--hard", "HEAD~1")
    team.change("components/app/component.yaml", "version: 1", "version: 3")
    team.git("commit", "--quiet", "--all", "--message", "beside it")
    team.git("push", "--quiet", "--force", "origin", "HEAD:main")
    said = team.tidegate("deploy")
    assert (said.code, "history was rewritten" in said.err) == (5, True)
    assert team.disk() == holds(2, team)


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_merge_squash_and_rebase_make_one_plan(team: Team, way: str) -> None:
    team.git("checkout", "--quiet", "-b", "change")
    team.change("components/app/component.yaml", "version: 1", "version: 2")
    team.git("commit", "--quiet", "--all", "--message", "half of it")
    team.change("components/app/component.yaml", "version: 2", "version: 7")
    team.git("commit", "--quiet", "--all", "--message", "all of it")
    reviewed = team.tidegate("plan", "--format", "json").json["digest"]
    team.git("checkout", "--quiet", "main")
    team.write("README", "somebody else's commit\n")
    team.push("meanwhile")
    match way:
        case "merge":
            team.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
        case "squash":
            team.git("merge", "--quiet", "--squash", "change")
            team.git("commit", "--quiet", "--message", "squashed")
        case _:
            team.git("checkout", "--quiet", "change")
            team.git("rebase", "--quiet", "main")
            team.git("checkout", "--quiet", "main")
            team.git("merge", "--quiet", "--ff-only", "change")
    team.git("push", "--quiet", "origin", "main")
    assert team.tidegate("plan", "--format", "json").json["digest"] == reviewed


def test_a_file_changed_by_hand_is_not_written_over_unless_told(team: Team) -> None:
    (team.root("stg-1") / "etc/app.conf").write_text("by hand\n")
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 5, said.whole
    assert team.disk()["stg-1"] == "by hand\n"
    assert team.tidegate("abort").code == 1
    said = team.tidegate("deploy", "--over-drift", "it was a test")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == holds(2, team)


def test_a_device_that_is_not_there_is_skipped_and_held_for_a_person(team: Team) -> None:
    team.root("stg-1").rename(team.root("gone"))
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 5, said.whole
    assert "stg-1" in said.out
    (team.root("gone")).rename(team.root("stg-1"))


def test_only_what_belongs_to_a_lane_is_rolled_out_and_others_are_named(team: Team) -> None:
    team.change("tidegate.yaml", "probes:", SLOW_LANE + "probes:")
    team.write(
        "components/motd/component.yaml",
        "type: files\nselect: all\nstrategy: slow\nhealth: [well]\nfiles: {/etc/motd: files/motd}\n",
    )
    team.write("components/motd/files/motd", "hello\n")
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 0, said.whole
    assert "Strategy `slow` has changes for 4 devices: tidegate deploy --strategy slow" in said.err
    assert not (team.root("web-1") / "etc/motd").exists()
    assert team.tidegate("deploy", "--strategy", "slow").code == 0
    assert (team.root("web-1") / "etc/motd").read_text() == "hello\n"


def test_findings_stop_a_deploy_before_it_begins(team: Team) -> None:
    team.change("components/app/component.yaml", "select: all", "select: role=nobody")
    team.push("a wrong selector")
    said = team.tidegate("deploy")
    assert said.code == 1
    assert "selector-key" in said.whole


def test_the_record_says_who_asked(team: Team) -> None:
    newest = team.tidegate("status", "--format", "json").json["shop/default"]
    assert newest["asked_by"]["by"] == PERSON
