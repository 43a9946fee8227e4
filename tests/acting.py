"""A job of GitHub Actions as its runner starts the action, against the fake GitHub; there is no checkout."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.github.fake import TOKEN, FakeGitHub
from forks import fork
from team import Team, run

PYTHON = (sys.executable, "-I")
_OLD = re.compile(r"##\[[^\]]+\]")


@dataclass(frozen=True)
class Step:
    """What a step came to: exit code, log, outputs by name, summary."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str

    @property
    def commands(self) -> list[str]:
        """Lines that a runner takes for a command, in either of the two ways to write one."""
        return [line for line in self.log.splitlines() if line.lstrip().startswith("::") or _OLD.search(line)]


@dataclass
class Runner:
    """One that runs jobs of `github`, where a team's repository is. `environ` is what steps have in theirs beside what
    the runner says, `payload` what the event says beside what every one of its kind does."""

    team: Team
    github: FakeGitHub | None = None
    actor: str = "ada"
    number: int = 7001
    attempt: int = 1
    job: str = "plan"
    event: str = "push"
    ref: str = "refs/heads/main"
    payload: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    python: Sequence[str] = PYTHON

    def __post_init__(self) -> None:
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def workspace(self) -> Path:
        return self.team.top / "runner" / "workspace"

    @property
    def home(self) -> Path:
        return self.team.top / "runner" / "home"

    def step(self, command: str, **inputs: str) -> Step:
        """`with: {command: .., ..}`; an underscore in a name stands for a hyphen. Runs to its end."""
        if tuple(self.python) != PYTHON:
            return self.ended(self.start(command, **inputs))
        log = self.team.top / "runner" / "log"
        with log.open("wb") as out:
            code = fork(self.workspace, self._environ(command, **inputs), out.fileno())
        return self._step(code, log.read_text(encoding="utf-8"))

    def post(self, command: str, **inputs: str) -> Step:
        """What runs after the step, in a container of its own."""
        return self.ended(self.start(command, entry="from tidegate.action.post import main; main()", **inputs))

    def start(self, command: str, entry: str = "", **inputs: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.python, "-c", entry] if entry else [*self.python, "-m", "tidegate.action"],
            cwd=self.workspace,
            env=self._environ(command, **inputs),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ended(self, running: subprocess.Popen[str], timeout: float = 90.0) -> Step:
        try:
            log, _ = running.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
        return self._step(running.returncode, log)

    def _environ(self, command: str, **inputs: str) -> dict[str, str]:
        """With files for what the step says, empty yet."""
        files = self._files()
        for file in files.values():
            file.unlink(missing_ok=True)
            file.touch()
        return {**self.said(command, **inputs), **{name: str(file) for name, file in files.items()}}

    def _step(self, code: int, log: str) -> Step:
        files = self._files()
        outputs = outputs_of(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))
        return Step(code, log, outputs, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"))

    def said(self, command: str, **inputs: str) -> dict[str, str]:
        """The environment, as the runner makes it."""
        event = self.team.top / "runner" / "event.json"
        commit = self.environ.get("GITHUB_SHA") or self.team.git("rev-parse", "HEAD").strip()
        event.write_text(json.dumps(self._event(commit)), encoding="utf-8")
        named = {"command": command, "github-token": TOKEN, **_hyphened(inputs)}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.team.top),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            **(self.github.environ if self.github is not None else {}),
            "GITHUB_SHA": commit,
            "GITHUB_REF": self.ref,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_ACTOR": self.actor,
            "GITHUB_TRIGGERING_ACTOR": self.actor,
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
            "GITHUB_JOB": self.job,
            "GITHUB_WORKSPACE": str(self.workspace),
            **{f"INPUT_{name.upper()}": value for name, value in named.items()},
            **self.environ,
        }

    def _event(self, commit: str) -> dict[str, Any]:
        """The payload, as far as anybody reads it."""
        said: dict[str, Any] = {"repository": {"default_branch": "main", "full_name": "acme/fleet"}}
        if self.event == "push":
            said |= {"ref": self.ref, "after": commit, "before": "0" * 40, "sender": {"login": self.actor}}
        if self.event == "workflow_dispatch":
            said |= {"ref": self.ref, "inputs": {}, "sender": {"login": self.actor}}
        return {**said, **self.payload}

    def _files(self) -> dict[str, Path]:
        folder = self.team.top / "runner"
        return {"GITHUB_OUTPUT": folder / "output", "GITHUB_STEP_SUMMARY": folder / "summary"}


def outputs_of(text: str) -> dict[str, str]:
    """Read as the runner reads it: `name<<END`, lines, `END`."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        assert end, f"{line!r} begins no output"
        value: list[str] = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        else:
            raise AssertionError(f"the output {name} does not end")
        found[name] = "\n".join(value)
    return found


def until(is_so: Callable[[], object], longest: float = 60.0) -> None:
    """Look again until it is so."""
    deadline = time.monotonic() + longest
    while not is_so():
        assert time.monotonic() < deadline, "it never came to this"
        time.sleep(0.02)


def in_the_middle(team: Team, runner: Runner, device: str = "web-1") -> tuple[str, subprocess.Popen[str]]:
    """A leg that waits in the activation of a device, and its rollout."""
    component = (team.clone / "components/app/component.yaml").read_text()
    slow = component.replace("activate: ", 'activate: while test -e "$TIDEGATE_ROOT/wait"; do sleep 0.05; done && ')
    team.write("components/app/component.yaml", slow)
    team.push("activation that can be made to wait")
    assert runner.step("audit init").code == 0
    rollout = runner.step("deploy", arguments="--open").outputs["rollout"]
    (team.root(device) / "wait").touch()
    running = runner.start("deploy", environment="staging", rollout=rollout)
    until(lambda: team.disk()[device] is not None or running.poll() is not None)
    assert running.poll() is None, running.communicate()
    return rollout, running


def for_runners(team: Team) -> None:
    """Devices by their whole paths: a runner has no clone that theirs could be relative to."""
    team.change("tidegate.yaml", '"../devices/', f'"{team.top}/devices/')
    team.push("devices by their whole paths")


@contextmanager
def on_github(team: Team, direct_push: str = "allow") -> Iterator[FakeGitHub]:
    """The team's remote is GitHub's repository; its people push what they like, unless it is said otherwise."""
    team.change("tidegate.yaml", "name: shop", f"name: shop\ndirect_push: {direct_push}")
    for_runners(team)
    run(["git", "-C", str(team.remote), "config", "http.receivepack", "true"])
    with FakeGitHub(team.top / "github") as github:
        github.state.bare.parent.mkdir(parents=True)
        github.state.bare.symlink_to(team.remote)
        yield github


def _hyphened(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in inputs.items()}
