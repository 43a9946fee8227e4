"""The image as a runner uses it: its first process hears signals, a client that is killed leaves nothing to do harm."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace

import pytest

from acting import in_the_middle, until
from containers import ImageRunner, engine
from fakes.github.fake import FakeGitHub
from team import Team

pytestmark = [pytest.mark.timeout(180)]
GITHUB_WAITS = 7.5
"""Seconds after the first signal before the next."""


def test_a_rollout_as_root_without_a_checkout(team: Team, runner: ImageRunner) -> None:
    assert runner.step("audit init").code == 0
    step = runner.step("deploy")
    assert (step.code, step.outputs["result"], step.outputs["exit"]) == (0, "succeeded", "0"), step.log
    assert team.disk() == dict.fromkeys(team.names, "version 1\n")
    assert "3 of 3 confirmed" in step.summary


def test_what_lies_in_the_workspace_is_not_run(runner: ImageRunner) -> None:
    for module in ("tidegate", "click", "yaml", "sitecustomize"):
        (runner.workspace / f"{module}.py").write_text("raise SystemExit('a planted module ran')\n")
    step = runner.step("validate")
    assert step.code == 0, step.log


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_it_waits_for_an_answer(
    runner: ImageRunner, github: FakeGitHub, number: signal.Signals, code: int
) -> None:
    github.fail("slow", path=".git/", seconds=60)
    running = runner.start("validate")
    until(lambda: runner.lives)
    until(lambda: "--project" in engine("logs", runner.names[-1]).stdout)
    began = time.monotonic()
    running.send_signal(number)
    log, _ = running.communicate(timeout=60)
    assert running.returncode == code, log
    assert time.monotonic() - began < GITHUB_WAITS


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_rollout_is_written_down(
    team: Team, runner: ImageRunner, number: signal.Signals, code: int
) -> None:
    rollout, running = in_the_middle(team, runner)
    began = time.monotonic()
    running.send_signal(number)
    step = runner.ended(running)
    assert (step.code, step.outputs["exit"]) == (code, str(code)), step.log
    assert time.monotonic() - began < GITHUB_WAITS
    (team.root("web-1") / "wait").unlink()
    record = json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)
    assert (record["stage"], record["hold"]["kind"], record["lease"]["held"]) == ("held", "cancelled", False)


def test_a_killed_client_leaves_a_container_that_does_no_harm(team: Team, runner: ImageRunner) -> None:
    # The devices are folders, and a device sees its own processes, whoever started them.
    runner.options = ("--pid=host",)
    rollout, running = in_the_middle(team, runner)
    running.kill()
    running.communicate()
    assert runner.lives, "GitHub's runner ends only the client"
    orphan, before = runner.names[-1], lease(team, rollout)
    later = replace(runner, attempt=2)
    following = later.start("deploy", environment="staging", rollout=rollout)
    until(lambda: lease(team, rollout) != before or following.poll() is not None)
    (team.root("web-1") / "wait").unlink()
    again = later.ended(following)
    assert again.outputs["result"] == "succeeded", again.log
    until(lambda: engine("inspect", orphan).returncode != 0, 90)
    record = json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)
    assert [name for name, device in record["devices"].items() if device["failed"]] == []
    assert team.tidegate("audit", "verify").code == 0
    assert team.disk() == dict.fromkeys(team.names, "version 1\n")


def lease(team: Team, rollout: str) -> object:
    return json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)["lease"]["token"]


def test_the_post_step_writes_what_a_killed_container_knew(team: Team, runner: ImageRunner) -> None:
    rollout, running = in_the_middle(team, runner)
    assert engine("kill", "--signal", "KILL", runner.names[-1]).returncode == 0
    running.communicate()
    [spool] = runner.home.rglob("*.jsonl")
    owed = {(event["o"], event["k"]) for event in map(json.loads, spool.read_text().splitlines())}
    (team.root("web-1") / "wait").unlink()
    post = runner.post("deploy", environment="staging", rollout=rollout)
    assert post.code == 0, post.log
    record = json.loads(team.tidegate("audit", "show", rollout, "--format", "json").out)
    assert owed <= {(event["o"], event["k"]) for event in record["events"]}


def test_it_carries_what_it_needs_and_no_leftovers(image: str) -> None:
    look = "opa version; git --version; tidegate --version; ls -d /src /dist /opt/build /root/.cache 2>/dev/null; true"
    looked = engine("run", "--rm", "--entrypoint", "/bin/sh", image, "-c", look).stdout
    assert "Version: 1.22.2" in looked
    assert "git version 2." in looked
    assert "tidegate, version" in looked
    assert [line for line in looked.splitlines() if line.startswith("/")] == []
