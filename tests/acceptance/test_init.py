"""`tidegate init`: a project that is whole at once, nothing written over, workflows brought in step."""

from __future__ import annotations

from pathlib import Path

import pytest

from newcomer import Newcomer, newcomer_in
from tidegate.app.workflows.mark import mark_of
from tidegate.cli.main import cli
from tidegate.plugins import DRIVERS

DEPLOY = ".github/workflows/tidegate-deploy.yml"
DRIVER = [driver for driver in ("local", "ssh") if driver in DRIVERS]


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return newcomer_in(tmp_path)


@pytest.mark.parametrize("driver", DRIVER)
def test_what_it_writes_is_valid_and_can_be_planned(newcomer: Newcomer, driver: str) -> None:
    said = newcomer.tidegate("init", "--driver", driver)
    assert said.code == 0
    assert said.first == f"A project of type files: {10 + (driver == 'ssh')} files. Nothing was committed."
    assert newcomer.tidegate("validate").first.startswith("0 errors in ")
    newcomer.git("add", ".")
    newcomer.git("commit", "--quiet", "-m", "Tidegate")
    newcomer.git("push", "--quiet", "origin", "HEAD")
    assert newcomer.tidegate("audit", "init").code == 0
    planned = newcomer.tidegate("plan")
    assert planned.code == 0
    assert planned.first.startswith("4 of 4 devices change, 1 component, 3 waves.")


def test_its_next_steps_are_commands_that_there_are(newcomer: Newcomer) -> None:
    steps = newcomer.tidegate("init", "--driver", "local").out.partition("Next:\n")[2]
    named = [line.partition("tidegate ")[2].split()[0] for line in steps.splitlines() if "tidegate " in line]
    assert named[-3:] == ["plan", "doctor", "init"]
    assert set(named) <= set(cli.list_commands(None))  # type: ignore[arg-type]
    assert "audit init" in steps


def test_its_files_are_named_for_editors(newcomer: Newcomer) -> None:
    newcomer.tidegate("init", "--driver", "local", "--ref", "example/mirror@v9")
    first = newcomer.text("tidegate.yaml").splitlines()[0]
    assert first == (
        "# yaml-language-server: $schema="
        "https://raw.githubusercontent.com/example/mirror/v9/docs/reference/schemas/tidegate.json"
    )
    assert newcomer.text("fleet/staging.yaml").splitlines()[0].endswith("/schemas/fleet.json")


def test_without_workflows_there_are_no_gates(newcomer: Newcomer) -> None:
    said = newcomer.tidegate("init", "--no-workflows", "--driver", "local", "--name", "shop")
    assert said.code == 0
    assert not (newcomer.clone / ".github").exists()
    assert "environment" not in newcomer.text("tidegate.yaml")
    assert newcomer.tidegate("validate").code == 0


def test_a_file_in_the_way_stops_it_and_nothing_is_written(newcomer: Newcomer) -> None:
    (newcomer.clone / "policies").mkdir()
    (newcomer.clone / "policies/owners.rego").write_text("mine\n")
    said = newcomer.tidegate("init", "--driver", "local")
    assert said.code == 1
    assert "1 file of 10 would be in the way:\n  policies/owners.rego" in said.err
    assert newcomer.files() == {"policies/owners.rego": b"mine\n"}


def test_a_second_init_changes_nothing(newcomer: Newcomer) -> None:
    newcomer.tidegate("init", "--driver", "local")
    before = newcomer.files()
    said = newcomer.tidegate("init", "--driver", "local", "--strategy", "other")
    assert said.code == 1
    assert "tidegate init --update" in said.err
    assert newcomer.files() == before


def test_a_folder_that_leads_out_of_the_repository_is_not_written_to(newcomer: Newcomer) -> None:
    (newcomer.top / "elsewhere").mkdir()
    (newcomer.clone / "fleet").symlink_to(newcomer.top / "elsewhere")
    assert newcomer.tidegate("init", "--driver", "local").code == 1
    assert list((newcomer.top / "elsewhere").iterdir()) == []


def test_outside_of_a_repository_it_says_so(tmp_path: Path, newcomer: Newcomer) -> None:
    said = newcomer.tidegate("init", "--project", "..")
    assert said.code == 2
    assert "is in no git repository" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--name", "Not A Name"], "--name: `Not A Name` is no name"),
        (["--strategy", "x: y"], "--strategy: `x: y` is no name"),
        (["--ref", "v1 ${{ x }}"], "--ref: `v1 ${{ x }}` cannot be written into a workflow"),
        (["--runs-on", "a,${{ x }}"], "--runs-on: `${{ x }}` cannot be written"),
        (["--branch", "x\ny"], "cannot be written into a workflow"),
        (["--force"], "--force goes with --update"),
        (["--update"], "there is no tidegate.yaml"),
    ],
)
def test_what_cannot_be_written_is_refused(newcomer: Newcomer, words: list[str], message: str) -> None:
    said = newcomer.tidegate("init", *words)
    assert said.code == 2
    assert message in said.err
    assert newcomer.files() == {}


def test_files_that_git_ignores_are_named(newcomer: Newcomer) -> None:
    (newcomer.clone / ".gitignore").write_text("policies/\n")
    assert "git ignores policies/owners.rego" in newcomer.tidegate("init", "--driver", "local").out


def test_a_project_in_a_folder_has_workflows_of_its_own(newcomer: Newcomer) -> None:
    (newcomer.clone / "sites/shop").mkdir(parents=True)
    assert newcomer.tidegate("init", "--project", "sites/shop", "--driver", "local").code == 0
    deploy = newcomer.text(".github/workflows/tidegate-deploy.sites-shop.yml")
    assert deploy.count("project: sites/shop") == 7
    assert "name: shop" in newcomer.text("sites/shop/tidegate.yaml")
    assert newcomer.tidegate("init", "--driver", "local").code == 0  # one at the root beside it
    assert newcomer.tidegate("validate").code == 0
    assert newcomer.tidegate("validate", "--project", "sites/shop").code == 0


def test_the_branch_is_the_remotes_own(newcomer: Newcomer) -> None:
    newcomer.git("checkout", "--quiet", "-b", "work")
    newcomer.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    newcomer.tidegate("init", "--driver", "local")
    assert "branches: [trunk]" in newcomer.text(DEPLOY)


def stale(newcomer: Newcomer) -> list[str]:
    said = newcomer.tidegate("validate", "--format", "json").json
    return [finding["message"] for finding in said["findings"] if finding["rule"] == "workflow-stale"]


@pytest.fixture
def project(newcomer: Newcomer) -> Newcomer:
    """A project with workflows that somebody chose a runner and a commit for."""
    assert (
        newcomer.tidegate("init", "--driver", "local", "--runs-on", "self-hosted, fleet", "--ref", "b" * 40).code == 0
    )
    return newcomer


def test_update_writes_anew_what_no_longer_fits_with_the_settings_it_had(project: Newcomer) -> None:
    project.change("tidegate.yaml", "environment: production", "environment: live")
    assert project.tidegate("validate").code == 1
    assert "there is no job `live` for leg `live`" in stale(project)
    said = project.tidegate("init", "--update")
    assert said.code == 0
    assert f"{DEPLOY}  written anew" in said.out
    assert stale(project) == []
    text = project.text(DEPLOY)
    assert "runs-on: [self-hosted, fleet]" in text
    assert "tidegate/tidegate@" + "b" * 40 in text
    assert "environment: live-approval" in text
    assert project.tidegate("init", "--update").out.count("as it should be\n") >= 3


def test_update_takes_what_is_said_now(project: Newcomer) -> None:
    assert project.tidegate("init", "--update", "--ref", "c" * 40, "--runs-on", "fleet").code == 0
    for path in project.files():
        if path.startswith(".github"):
            assert "b" * 40 not in project.text(path)
    assert "runs-on: fleet" in project.text(DEPLOY)


def test_an_edited_workflow_that_still_fits_is_left(project: Newcomer) -> None:
    project.change(DEPLOY, "timeout-minutes: 30", "timeout-minutes: 45")
    before = project.text(DEPLOY)
    said = project.tidegate("init", "--update", "--ref", "c" * 40)
    assert said.code == 0
    assert f"{DEPLOY}  edited by you, and left" in said.out
    assert project.text(DEPLOY) == before


def test_an_edited_workflow_that_no_longer_fits_is_named_and_left_unless_forced(project: Newcomer) -> None:
    project.change(DEPLOY, "timeout-minutes: 30", "timeout-minutes: 45")
    project.change("tidegate.yaml", "environment: production", "environment: live")
    before = project.text(DEPLOY)
    said = project.tidegate("init", "--update")
    assert said.code == 1
    assert said.first == "1 workflow edited by hand, no longer fitting, left alone. The rest is in step."
    assert project.text(DEPLOY) == before
    assert project.tidegate("init", "--update", "--force").code == 0
    assert stale(project) == []
    assert "timeout-minutes: 45" not in project.text(DEPLOY)


def test_a_strategy_that_goes_takes_its_workflow_with_it(project: Newcomer) -> None:
    project.change("tidegate.yaml", "  default:\n", "  default: &all\n")
    lane = "  patches:\n    waves:\n      - {name: lab, select: env=staging, environment: staging}\n\n# Better"
    project.change("tidegate.yaml", "# Better", lane)
    path = ".github/workflows/tidegate-deploy-patches.yml"
    assert stale(project) == [f"strategy `patches` has environments and no workflow {path}"]
    assert f"{path}  new" in project.tidegate("init", "--update").out
    assert stale(project) == []
    project.change("tidegate.yaml", lane, "# Better")
    assert stale(project) == ["this workflow is for a strategy that there is not"]
    assert f"{path}  removed" in project.tidegate("init", "--update").out
    assert not (project.clone / path).exists()
    assert stale(project) == []


def test_without_reviewers_a_workflow_takes_their_place(project: Newcomer) -> None:
    assert project.tidegate("init", "--update", "--no-reviewers").code == 0
    assert "approve-canary" not in project.text(DEPLOY)
    assert "options: [canary, production]" in project.text(".github/workflows/tidegate-approve.yml")
    assert stale(project) == []


def test_line_ends_that_git_turned_around_are_no_edit(project: Newcomer) -> None:
    path = project.clone / DEPLOY
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    mark = mark_of(path.read_bytes().decode())
    assert mark is not None
    assert mark.untouched


def test_a_mark_that_somebody_wrote_is_no_mark() -> None:
    text = '# tidegate: {"action":"a/b","ref":"x y"} sha256:' + "0" * 64 + "\nname: mine\n"
    assert mark_of(text) is None
    assert mark_of("# tidegate: {oops} sha256:" + "0" * 64 + "\n") is None
    assert mark_of("name: mine\n") is None
