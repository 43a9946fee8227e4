"""The action as a runner starts it, without a checkout: inputs and environment in, outputs, summary and record out."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acting import Runner, Step, in_the_middle, on_github
from fakes.github.fake import TOKEN, WORKFLOW, FakeGitHub
from planting import Planted
from team import COMPONENT, Team

NAMES = {"rollout", "plan", "next", "ask", "decision", "result", "reason", "exit"}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, production=2)


@pytest.fixture
def github(team: Team) -> Iterator[FakeGitHub]:
    with on_github(team) as github:
        yield github


@pytest.fixture
def runner(team: Team, github: FakeGitHub) -> Runner:
    return Runner(team, github)


def test_validate_judges_the_events_commit_and_says_so_in_the_summary(team: Team, runner: Runner) -> None:
    team.write("tidegate.yaml", "what lies in a clone is nobody's business here")
    step = runner.step("validate")
    assert step.code == 0, step.log
    assert "0 errors" in step.log
    assert "0 errors" in step.summary
    assert step.outputs["plan"].startswith("sha256:")
    assert {**step.outputs, "plan": ""} == {**dict.fromkeys(NAMES, ""), "decision": "done", "exit": "0"}


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
    other = replace(runner, number=7002)
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
            file.write(f'[core]\n\tfsmonitor = "touch {proof}"\n[url "http://127.0.0.1:9/"]\n\tinsteadOf = "http://"\n')
    step = runner.step("validate")
    assert step.code == 0, step.log
    assert not proof.exists()


def go(team: Team, device: str = "web-1") -> None:
    (team.root(device) / "wait").unlink()


def test_of_a_dead_attempt_the_next_one_takes_over_at_once(team: Team, runner: Runner) -> None:
    rollout, running = in_the_middle(team, runner)
    running.kill()
    running.communicate()
    go(team)
    again = replace(runner, attempt=2).step("deploy", environment="staging", rollout=rollout)
    assert (again.code, again.outputs["result"]) == (0, "succeeded"), again.log


def test_what_a_dead_step_still_knew_is_written_by_the_post_step(team: Team, runner: Runner) -> None:
    rollout, running = in_the_middle(team, runner)
    running.kill()
    running.communicate()
    [spool] = runner.home.rglob("*.jsonl")
    owed = {(event["o"], event["k"]) for event in map(json.loads, spool.read_text().splitlines())}
    assert owed
    post = runner.post("deploy", environment="staging", rollout=rollout)
    assert post.code == 0, post.log
    record = json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)
    assert owed <= {(event["o"], event["k"]) for event in record["events"]}
    assert team.tidegate("audit", "verify").code == 0
    go(team)
    again = replace(runner, attempt=2).step("deploy", environment="staging", rollout=rollout)
    assert again.outputs["result"] == "succeeded", again.log


def test_where_nothing_is_owed_the_post_step_asks_nobody(team: Team, runner: Runner, github: FakeGitHub) -> None:
    assert runner.step("audit init").code == 0
    github.state.tokens.clear()
    post = runner.post("audit init")
    assert (post.code, post.log) == (0, "")


def test_a_post_step_that_cannot_write_says_so_and_fails_nothing(
    team: Team, runner: Runner, github: FakeGitHub
) -> None:
    rollout, running = in_the_middle(team, runner)
    running.kill()
    running.communicate()
    go(team)
    github.state.tokens.clear()
    post = runner.post("deploy", environment="staging", rollout=rollout)
    assert post.code == 0, post.log
    assert [line.partition("::warning title=tidegate::")[2][:20] for line in post.commands] == ["what this job knew i"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_a_leg_is_written_down_quickly(team: Team, runner: Runner, number: int, code: int) -> None:
    rollout, running = in_the_middle(team, runner)
    began = time.monotonic()
    os.kill(running.pid, number)
    step = runner.ended(running)
    assert (step.code, step.outputs["exit"]) == (code, str(code)), step.log
    assert time.monotonic() - began < 7.5, "GitHub waits no longer before the next signal"
    go(team)
    record = json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)
    assert (record["stage"], record["hold"]["kind"], record["lease"]["held"]) == ("held", "cancelled", False)


def test_the_token_may_not_write_the_record(team: Team, runner: Runner, github: FakeGitHub) -> None:
    github.token("reads-only", contents="read")
    step = runner.step("audit init", github_token="reads-only")
    assert step.code == 3, step.log
    step = runner.step("audit init", github_token="reads-only", audit_token=TOKEN)
    assert step.code == 0, step.log


def test_no_token_is_shown_or_kept(team: Team, runner: Runner, github: FakeGitHub) -> None:
    secret = "ghs_PlantedToken0000000000000000000000000"
    github.token(secret, **dict.fromkeys(WORKFLOW, "write"))
    said: list[Step] = [
        runner.step("audit init", github_token=secret),
        runner.step("deploy", github_token=secret),
        runner.step("validate", github_token=f"{secret}x"),
    ]
    assert [step.code for step in said] == [0, 0, 3]
    planted = Planted(allowed=[], value=secret)
    shown = "".join(f"{step.log}{step.summary}{step.outputs}" for step in said)
    assert not planted.shows_in(shown.encode())
    assert list(planted.files_that_show(team.top)) == []


def test_what_devices_files_and_titles_say_is_never_a_command(team: Team, runner: Runner) -> None:
    evil = "::error::x ##[add-mask]y"
    said = f"echo '{evil}'; echo '{evil}' >&2; test ! -e $TIDEGATE_ROOT/etc/app.conf"
    team.write("components/app/component.yaml", COMPONENT.partition("activate:")[0] + f'activate: "{said}"\n')
    team.write("fleet/all.yaml", (team.clone / "fleet/all.yaml").read_text() + f'  "{evil}": {{}}\n')
    team.push(evil)
    assert runner.step("audit init").code == 0
    findings = runner.step("validate")
    assert findings.code == 1
    assert findings.commands == []
    team.change("fleet/all.yaml", f'  "{evil}": {{}}\n', "")
    team.push(evil)
    rollout = runner.step("deploy")
    assert (rollout.code, rollout.outputs["result"]) == (1, "reverted"), rollout.log
    assert rollout.commands == []
    assert "add-mask" in rollout.log, "what the device said is told"
    assert evil not in rollout.summary


def test_a_secret_that_was_not_passed_on_ends_with_2_before_anything_is_opened(team: Team, runner: Runner) -> None:
    """A called workflow that is not given a secret gets it empty, and its job is green."""
    team.change("tidegate.yaml", "name: shop", "name: shop\nsecrets: {word: {env: APP_WORD}}")
    team.write("components/app/files/app.conf.j2", "word {{ secret('word') }}\n")
    team.push("a secret")
    assert runner.step("audit init").code == 0
    before = team.git("rev-parse", "tidegate-audit", here=team.remote)
    step = replace(runner, environ={"APP_WORD": ""}).step("deploy")
    assert (step.code, "env: {APP_WORD: ${{ secrets.NAME }}}" in step.log) == (2, True), step.log
    assert team.git("rev-parse", "tidegate-audit", here=team.remote) == before


def test_relative_paths_are_those_of_the_commit(team: Team, runner: Runner) -> None:
    """What a driver or a secret names by a path comes from git, for nothing is checked out."""
    team.change("tidegate.yaml", "name: shop", "name: shop\nsecrets: {word: {command: ./bin/word}}")
    team.write("bin/word", "#!/bin/sh\necho from the commit\n")
    team.write("components/app/files/app.conf.j2", "{{ secret('word') }}\n")
    team.push("a command of the repository")
    team.write("bin/word", "#!/bin/sh\necho from the clone\n")
    assert runner.step("audit init").code == 0
    step = runner.step("deploy")
    assert step.code == 0, step.log
    assert team.disk() == dict.fromkeys(team.names, "from the commit\n")
