"""Every written workflow as act reads it: a second reader of the same conditions, inputs and secrets.

In the place of the action stands one that writes down what it was handed and says what a rollout would: no container,
no network. What Tidegate does with it is for the other tests here.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from workflow_runs import written

ROOT = Path(__file__).parents[2]
REF = "a" * 40
ACTION = """\
name: stand-in
description: Writes down what it was handed.
inputs: {command: {}, project: {}, strategy: {}, environment: {}, rollout: {}, arguments: {}, github-token: {}}
outputs:
  rollout: {value: "${{ steps.said.outputs.rollout }}"}
  next: {value: "${{ steps.said.outputs.next }}"}
  ask: {value: "${{ steps.said.outputs.ask }}"}
  plan: {value: "${{ steps.said.outputs.plan }}"}
runs:
  using: composite
  steps:
    - id: said
      shell: bash
      env: {HANDED: "${{ toJSON(inputs) }}", STEP: "${{ inputs.command }} ${{ inputs.environment }}"}
      run: |
        printf '{"inputs": %s, "secret": "%s"}\\n\\0' "$HANDED" "${PASSWORD-}" >>"$LOG"
        if [ "$STEP" = "$BREAKS" ]; then exit 1; fi
        case "$STEP" in
            "deploy ") printf 'rollout=default-7\\nplan=sha256:3f9c\\nnext=staging\\n' ;;
            "deploy staging") echo ask=canary ;;
            "approve canary") echo next=canary ;;
            "deploy canary") echo ask=production ;;
            "approve production") echo next=production ;;
        esac >>"$GITHUB_OUTPUT"
"""
WHOLE = ["deploy ", "deploy staging", "approve canary", "deploy canary", "approve production", "deploy production"]
pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Runner:
    """A repository with written workflows, and a stand-in for the action beside it."""

    act: str
    top: Path

    def run(self, event: str, workflow: str, *, breaks: str = "", **inputs: str) -> tuple[int, list[dict[str, object]]]:
        """act's exit code, and what each step of ours was handed, in order."""
        log = self.top / "log"
        log.unlink(missing_ok=True)
        stand_in = self.top / "action"
        words = [self.act, event, "-W", f".github/workflows/{workflow}", "-P", "ubuntu-24.04=-self-hosted"]
        words += [
            part for ref in (REF, "main") for part in ("--local-repository", f"tidegate/tidegate@{ref}={stand_in}")
        ]
        words += ["-s", "PASSWORD=a-password", "-s", "GITHUB_TOKEN=a-token", "--no-recurse"]
        words += ["--env", f"LOG={log}", "--env", f"BREAKS={breaks}"]
        words += [part for name, value in inputs.items() for part in ("--input", f"{name}={value}")]
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.top / "home")}
        done = subprocess.run(words, cwd=self.top / "repo", env=environ, capture_output=True, text=True, timeout=180)
        steps = log.read_text().split("\0")[:-1] if log.exists() else []
        return done.returncode, [json.loads(step) for step in steps]


def step(handed: dict[str, object]) -> str:
    inputs = handed["inputs"]
    assert isinstance(inputs, dict)
    return f"{inputs['command']} {inputs.get('environment') or ''}"


def runner(act: str, top: Path, *, reviewers: bool = True) -> Runner:
    (top / "home").mkdir()
    files = {f"repo/{path}": text for path, text in written(reviewers=reviewers).items()}
    called = (ROOT / ".github/workflows/validate.yml").read_text()
    for path, text in {**files, "action/action.yml": ACTION, "action/.github/workflows/validate.yml": called}.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    for name in ("repo", "action"):
        _git(top / name, "init", "--quiet", "--initial-branch=main")
        _git(top / name, "add", ".")
        _git(top / name, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "All")
    _git(top / "repo", "remote", "add", "origin", "https://github.com/acme/fleet.git")
    return Runner(act, top)


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def words_of(handed: dict[str, object]) -> Sequence[str]:
    inputs = handed["inputs"]
    assert isinstance(inputs, dict)
    return shlex.split(inputs["arguments"])


def test_a_push_goes_through_every_gate_and_only_legs_have_secrets(act: str, tmp_path: Path) -> None:
    code, handed = runner(act, tmp_path).run("push", "tidegate-deploy.yml")
    assert code == 0
    assert [step(each) for each in handed] == [*WHOLE, "wake "]
    assert [each["secret"] != "" for each in handed] == [False, True, False, True, False, True, False]
    assert all(each["inputs"]["rollout"] == "default-7" for each in handed[1:])  # type: ignore[index]


def test_what_breaks_stops_all_but_settle(act: str, tmp_path: Path) -> None:
    code, handed = runner(act, tmp_path).run("push", "tidegate-deploy.yml", breaks="deploy canary")
    assert code == 1
    assert [step(each) for each in handed] == [*WHOLE[:4], "wake "]


def test_what_a_person_writes_stays_one_word(act: str, tmp_path: Path) -> None:
    why = """it's "bad"; $(id) `id` \\ --now | x"""  # no `&`: act, other than GitHub, writes it as \\u0026
    there = runner(act, tmp_path)
    _, handed = there.run("workflow_dispatch", "tidegate-deploy.yml", retry=why, breaks="deploy ")
    assert words_of(handed[0]) == ["--open", "--retry", why]
    _, handed = there.run("workflow_dispatch", "tidegate-rollback.yml", undo="default-7", why=why)
    assert words_of(handed[0]) == ["--why", why]
    assert [step(each) for each in handed] == ["rollback ", "wake "]


def test_a_rollback_that_was_cut_off_is_gone_on_with(act: str, tmp_path: Path) -> None:
    code, handed = runner(act, tmp_path).run("workflow_dispatch", "tidegate-rollback.yml", rollout="default-9")
    assert code == 0
    assert [step(each) for each in handed] == ["deploy rollback", "wake "]
    assert words_of(handed[0]) == []


def test_the_hour_strikes(act: str, tmp_path: Path) -> None:
    code, handed = runner(act, tmp_path).run("schedule", "tidegate-wake.yml")
    assert (code, [step(each) for each in handed]) == (0, ["wake "])


def test_a_pull_request_calls_our_workflow(act: str, tmp_path: Path) -> None:
    code, handed = runner(act, tmp_path).run("pull_request", "tidegate-validate.yml")
    assert (code, [step(each) for each in handed]) == (0, ["validate ", "plan "])


def test_without_reviewers_whoever_starts_a_workflow_answers(act: str, tmp_path: Path) -> None:
    there = runner(act, tmp_path, reviewers=False)
    code, handed = there.run("push", "tidegate-deploy.yml")
    assert (code, [step(each) for each in handed]) == (0, ["deploy ", "deploy staging", "wake "])
    said = {"rollout": "default-7", "environment": "canary", "answer": "reject", "why": "not today"}
    code, handed = there.run("workflow_dispatch", "tidegate-approve.yml", **said)
    assert (code, [step(each) for each in handed]) == (0, ["approve canary"])
    assert words_of(handed[0]) == ["--reject", "--why", "not today"]
