"""A pull request on GitHub: one check at its head, with annotations; or the log, where the token may not write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acting import Runner, Step, on_github
from fakes.github.fake import FakeGitHub
from fakes.github.state import Check
from team import Team

HOUSE = """package tidegate.house

deny contains {"id": "no-two", "msg": "not version 2", "path": ["vars", "version"]} if {
	input.kind == "document"
	input.document.vars.version == 2
}
"""
FORK = {"full_name": "somebody/fleet"}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, production=2)


@pytest.fixture
def github(team: Team) -> Iterator[FakeGitHub]:
    with on_github(team) as github:
        yield github


class Pull:
    """A branch from main, and what GitHub made of it: the merge that is judged, the head where checks are seen."""

    def __init__(self, team: Team, github: FakeGitHub) -> None:
        self.team, self.github = team, github
        team.git("checkout", "--quiet", "-b", "change")

    def changes(self, path: str, old: str, new: str) -> None:
        self.team.change(path, old, new)
        self.team.git("commit", "--quiet", "--all", "--message", "a change")

    def runner(self, base: str = "main", **more: Any) -> Runner:
        git = self.team.git
        head = git("rev-parse", "change").strip()
        git("checkout", "--quiet", "main")
        git("merge", "--quiet", "--no-ff", "--message", "merged", "change")
        merge, before = git("rev-parse", "HEAD").strip(), git("rev-parse", "HEAD^1").strip()
        git("push", "--quiet", "origin", f"{head}:refs/pull/1/head", f"{merge}:refs/pull/1/merge")
        pull = {
            "number": 1,
            "title": "A change\n::error::no",
            "user": {"login": "ada"},
            "head": {"sha": head, "repo": more.get("repo", {"full_name": "acme/fleet"})},
            "base": {"sha": before, "ref": base},
        }
        event = {"action": "synchronize", "pull_request": pull}
        return Runner(
            self.team, self.github, event="pull_request", ref="refs/pull/1/merge", payload=event, job="validate"
        )

    @property
    def head(self) -> str:
        return self.team.git("rev-parse", "change").strip()

    def check(self) -> Check:
        """The one check there is, at the head."""
        [check] = self.github.state.checks
        assert check.head == self.head
        assert check.name == "tidegate / validate"
        return check


@pytest.fixture
def pull(team: Team, github: FakeGitHub) -> Pull:
    return Pull(team, github)


def validated(runner: Runner, code: int, **inputs: str) -> Step:
    step = runner.step("validate", **inputs)
    assert step.code == code, step.log
    return step


def test_a_good_change_shows_its_plan(pull: Pull) -> None:
    pull.changes("components/app/component.yaml", "version: 1", "version: 2")
    runner = pull.runner()
    step = validated(runner, 0)
    check = pull.check()
    assert check.body["conclusion"] == "success"
    assert check.body["output"]["title"].startswith("3 of 3 devices change, 1 component, 3 waves.")
    assert "version 2" in check.body["output"]["text"]
    assert "| canary |" in step.summary
    assert step.outputs["plan"].startswith("sha256:")
    assert step.commands == []
    validated(runner, 0)
    assert len(pull.github.state.checks) == 1, "run again it is the same check"


def test_a_fault_is_annotated_where_it_stands_in_the_head(pull: Pull, team: Team) -> None:
    pull.changes("tidegate.yaml", "{name: everyone,", "{name: everyone, soka: 0s,")
    line = 1 + (team.clone / "tidegate.yaml").read_text().splitlines().index(
        "      - {name: everyone, soka: 0s, max_failures: 1, soak: 0s}"
    )
    team.git("checkout", "--quiet", "main")
    team.change("tidegate.yaml", "tidegate: 1", "# Two lines\n# that only main has.\ntidegate: 1")
    team.push("main has moved")
    step = validated(pull.runner(), 1)
    assert f"tidegate.yaml:{line + 2}:" in step.log, "the merge is judged"
    check = pull.check()
    assert (check.body["conclusion"], check.body["output"]["title"]) == ("failure", "1 error")
    [said] = check.annotations
    assert (said["path"], said["start_line"], said["annotation_level"]) == ("tidegate.yaml", line, "failure")


def test_where_the_token_may_not_write_checks_the_log_has_them(pull: Pull, github: FakeGitHub) -> None:
    github.token("reads-only", contents="read", checks="read")
    pull.changes("tidegate.yaml", "{name: everyone,", "{name: everyone, soka: 0s,")
    step = validated(pull.runner(), 1, github_token="reads-only")
    assert github.state.checks == []
    assert [line.partition(" ")[0] for line in step.commands] == ["::error"]
    assert "No check was written" in step.log
    assert "checks: write" in step.log


def test_of_a_fork_nobody_asks_for_a_check(pull: Pull, github: FakeGitHub) -> None:
    pull.changes("tidegate.yaml", "{name: everyone,", "{name: everyone, soka: 0s,")
    step = validated(pull.runner(repo=FORK), 1)
    assert github.log == []
    assert [line.partition(" ")[0] for line in step.commands] == ["::error"]


def test_that_github_is_away_fails_nothing(pull: Pull, github: FakeGitHub) -> None:
    pull.changes("components/app/component.yaml", "version: 1", "version: 2")
    for _ in range(20):
        github.fail("bad_gateway", path="check-runs")
    step = validated(pull.runner(), 0)
    assert "No check was written" in step.log


def test_what_goes_to_another_branch_is_not_judged(pull: Pull) -> None:
    pull.changes("tidegate.yaml", "{name: everyone,", "{name: everyone, soka: 0s,")
    step = validated(pull.runner(base="release"), 0)
    assert pull.check().body["conclusion"] == "neutral"
    assert "release" in step.log


@pytest.mark.parametrize("command", ["deploy", "wake", "rollback", "approve", "resume", "audit init", "audit sync"])
def test_a_pull_request_changes_nothing(pull: Pull, team: Team, github: FakeGitHub, command: str) -> None:
    pull.changes("components/app/component.yaml", "version: 1", "version: 2")
    runner = pull.runner()
    before = team.git("for-each-ref", here=team.remote)
    step = runner.step(command)
    assert (step.code, "change no devices" in step.log) == (2, True), step.log
    assert (github.log, team.git("for-each-ref", here=team.remote)) == ([], before)


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ({"ref": "refs/tags/main"}, "not a branch"),
        ({"ref": "refs/heads/feature"}, "devices are changed from `main` alone"),
        ({"event": "release"}, "started by `release`"),
        ({"event": "pull_request_target"}, "on: pull_request"),
    ],
)
def test_what_is_not_the_default_branch_s_own_starts_no_rollout(
    team: Team, github: FakeGitHub, said: dict[str, str], wants: str
) -> None:
    step = replace(Runner(team, github), **said).step("deploy")  # type: ignore[arg-type]
    assert (step.code, wants in step.log) == (2, True), step.log
    assert (github.log, team.disk()) == ([], dict.fromkeys(team.names))


def test_a_change_is_not_its_own_judge(pull: Pull, team: Team) -> None:
    """The base's policy decides, also where the change takes it away."""
    team.git("checkout", "--quiet", "main")
    team.write("policies/house.rego", HOUSE)
    team.push("no version 2 in this house")
    team.git("checkout", "--quiet", "change")
    team.git("reset", "--quiet", "--hard", "main")
    team.git("rm", "--quiet", "policies/house.rego")
    pull.changes("components/app/component.yaml", "version: 1", "version: 2")
    step = validated(pull.runner(), 1)
    assert "no-two" in step.log
    assert "Judged by the rules of main" in " ".join(step.log.split())
    assert pull.check().body["conclusion"] == "failure"
