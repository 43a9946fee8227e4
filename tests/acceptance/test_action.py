"""The action as a runner starts it, without a checkout: inputs and environment in, outputs, summary and record out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from acting import Runner, for_runners, until
from team import Team

NAMES = {"rollout", "plan", "next", "ask", "decision", "result", "reason", "exit"}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path, production=2)
    for_runners(team)
    return team


@pytest.fixture
def runner(team: Team) -> Runner:
    return Runner(team)


def test_validate_judges_the_events_commit_and_says_so_in_the_summary(team: Team, runner: Runner) -> None:
    team.write("tidegate.yaml", "what lies in a clone is nobody's business here")
    step = runner.step("validate")
    assert step.code == 0, step.log
    assert "0 errors" in step.log
    assert "0 errors" in step.summary
    assert step.outputs == {**dict.fromkeys(NAMES, ""), "decision": "done", "exit": "0"}


def test_what_is_wrong_is_said_with_its_line(team: Team, runner: Runner) -> None:
    team.change("tidegate.yaml", "soak: 0s", "soka: 0s")
    team.push("a key that is none")
    step = runner.step("validate")
    assert (step.code, step.outputs["decision"], step.outputs["exit"]) == (1, "refused", "1"), step.log
    assert re.search(r"tidegate\.yaml:\d+:\d+  error  unknown-key", step.log), step.log
    assert "unknown\\-key" in step.summary


def test_a_rollout_in_jobs_without_a_clone(team: Team, runner: Runner) -> None:
    assert runner.step("audit init").code == 0
    assert (team.remote / "refs/heads/tidegate-audit").is_file()
    opened = runner.step("deploy", arguments="--open")
    assert opened.code == 0, opened.log
    assert set(opened.outputs) == NAMES
    assert (opened.outputs["decision"], opened.outputs["next"], opened.outputs["ask"]) == ("next", "staging", "")
    assert team.disk() == dict.fromkeys(team.names), "nothing is touched"
    runner.job = "staging"
    leg = runner.step("deploy", environment="staging", rollout=opened.outputs["rollout"])
    assert (leg.code, leg.outputs["result"]) == (0, "succeeded"), leg.log
    assert team.disk() == dict.fromkeys(team.names, "version 1\n")
    assert "3 of 3 confirmed" in leg.summary
    record = json.loads(team.tidegate("audit", "show", leg.outputs["rollout"], "--format", "json").out)
    assert record["asked_by"] == {"by": "ada", "event": "push", "run": "7001"}
    assert record["lease"]["holder"] == "gh:7001/1/staging"


def test_what_waits_is_no_failure_of_the_step(team: Team, runner: Runner) -> None:
    team.change("tidegate.yaml", "{name: everyone,", "{name: everyone, environment: production, approvals: 1,")
    team.push("everyone is asked for")
    assert runner.step("audit init").code == 0
    step = runner.step("deploy")
    assert step.code == 0, step.log
    assert (step.outputs["exit"], step.outputs["decision"], step.outputs["ask"]) == ("5", "ask", "production")


def test_another_job_waits_for_its_turn(team: Team, runner: Runner) -> None:
    assert runner.step("audit init").code == 0
    assert runner.step("deploy", arguments="--open").code == 0
    team.version(2)
    other = Runner(team, number=7002)
    step = other.step("deploy", arguments="--open")
    said = {name: step.outputs[name] for name in ("decision", "reason", "exit")}
    assert (step.code, said) == (0, {"decision": "hold", "reason": "queued", "exit": "5"}), step.log
    assert "waits for its turn" in step.summary


@pytest.mark.parametrize(
    ("inputs", "wants"),
    [
        ({"command": ""}, "with: {command: validate}"),
        ({"command": "nosuch"}, "there is no command `nosuch`"),
        ({"command": "status", "environment": "staging"}, "Take `environment:` out of the step"),
        ({"command": "validate", "arguments": "--format 'json"}, "arguments: No closing quotation"),
        ({"command": "validate", "arguments": "--no-such"}, "--no-such"),
        ({"command": "validate", "project": "../else"}, "no folder of the repository"),
        ({"command": "validate", "project": "elsewhere"}, "elsewhere/tidegate.yaml"),
        ({"command": "validate", "github_token": ""}, "github-token: ${{ github.token }}"),
    ],
)
def test_a_step_that_is_written_wrongly_ends_with_2(runner: Runner, inputs: dict[str, str], wants: str) -> None:
    step = runner.step(**inputs)
    assert (step.code, step.outputs["exit"], wants in step.log) == (2, "2", True), step.log


def test_the_workspace_and_the_home_are_neither_read_nor_run(team: Team, runner: Runner, tmp_path: Path) -> None:
    """What an earlier step, or the checkout of a pull request, could have left there."""
    for module in ("tidegate", "click", "yaml"):
        (runner.workspace / f"{module}.py").write_text("raise SystemExit('a planted module ran')\n")
    proof = tmp_path / "ran"
    team.git("clone", "--quiet", str(team.remote), str(runner.workspace / "repo"))
    for place in (runner.workspace / "repo/.git/config", runner.home / ".gitconfig"):
        with place.open("a") as file:
            file.write(f'[core]\n\tfsmonitor = "touch {proof}"\n[url "file:///nowhere/"]\n\tinsteadOf = "file://"\n')
    step = runner.step("validate")
    assert step.code == 0, step.log
    assert not proof.exists()


def test_of_a_dead_attempt_the_next_one_takes_over_at_once(team: Team, runner: Runner) -> None:
    component = (team.clone / "components/app/component.yaml").read_text()
    slow = component.replace("activate: ", 'activate: while test -e "$TIDEGATE_ROOT/wait"; do sleep 0.05; done && ')
    team.write("components/app/component.yaml", slow)
    team.push("activation that can be made to wait")
    assert runner.step("audit init").code == 0
    rollout = runner.step("deploy", arguments="--open").outputs["rollout"]
    (team.root("web-1") / "wait").touch()
    running = runner.start("deploy", environment="staging", rollout=rollout)
    until(lambda: team.disk()["web-1"] is not None or running.poll() is not None)
    running.kill()
    running.communicate()
    (team.root("web-1") / "wait").unlink()
    again = Runner(team, attempt=2, job=runner.job).step("deploy", environment="staging", rollout=rollout)
    assert (again.code, again.outputs["result"]) == (0, "succeeded"), again.log
