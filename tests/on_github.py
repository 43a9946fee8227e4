"""A team on GitHub: its remote is the fake's repository, people merge and push there, jobs run as runners run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from acting import Runner, Step, on_github
from fakes.github import FakeGitHub
from team import Team

APP = "components/app/component.yaml"
PEOPLE = ("ada", "grace", "heidi", "eve")


@dataclass
class Place:
    """Ada writes, Grace reviews and merges. Runs are numbered from 7001, pull requests from 1."""

    team: Team
    fake: FakeGitHub
    pulls: int = 0
    runs: int = 7000
    _runners: dict[int, Runner] = field(default_factory=dict)

    # People at the repository.

    def branch(self, name: str, old: str, new: str, path: str = APP) -> str:
        """A branch from main with one commit of Ada's; the commit."""
        git = self.team.git
        git("checkout", "--quiet", "-b", name, "main")
        self.team.change(path, old, new)
        git("commit", "--quiet", "--all", "--message", name)
        head = git("rev-parse", "HEAD").strip()
        self.fake.written(head, "ada")
        git("checkout", "--quiet", "main")
        return head

    def merge(
        self,
        branch: str,
        way: Literal["merge", "squash", "rebase"] = "merge",
        *,
        author: str = "ada",
        by: str = "grace",
        reviewers: tuple[str, ...] = ("grace",),
        message: str = "",
    ) -> str:
        """A pull request of `branch`, reviewed and merged; the new head of main."""
        git, fake = self.team.git, self.fake
        self.pulls += 1
        number, head = self.pulls, git("rev-parse", branch).strip()
        git("push", "--quiet", "origin", f"{head}:refs/pull/{number}/head")
        commits = git("rev-list", "--reverse", f"main..{branch}").split()
        entries = [{"sha": commit, "author": author, "committer": author} for commit in commits]
        fake.pull(number, head, author=author, commits=entries)
        for reviewer in reviewers:
            fake.review(number, reviewer)
        said = message or f"{branch} (#{number})"
        match way:
            case "merge":
                git("merge", "--quiet", "--no-ff", "--message", said, branch)
            case "squash":
                git("merge", "--quiet", "--squash", branch)
                git("commit", "--quiet", "--message", said)
            case "rebase":
                git("cherry-pick", f"main..{branch}")
                made = git("rev-list", "--reverse", "origin/main..main").split()
                fake.state.pulls[number].commits += [{**entries[0], "sha": commit} for commit in made]
        commit = git("rev-parse", "HEAD").strip()
        git("push", "--quiet", "origin", "main")
        fake.merge(number, commit, by)
        return commit

    def version(self, number: int, was: int, way: Literal["merge", "squash", "rebase"] = "merge", **more: Any) -> str:
        """A pull request that brings a new version, merged."""
        self.branch(f"version-{number}", f"version: {was}", f"version: {number}")
        return self.merge(f"version-{number}", way, **more)

    def push(self, old: str, new: str, by: str = "eve", message: str = "by hand") -> str:
        """A commit past all pull requests."""
        self.team.change(APP, old, new)
        commit = self.team.push(message)
        self.fake.written(commit, by)
        return commit

    # Jobs of workflows.

    def run(self, event: str = "push", by: str = "grace") -> int:
        """A run of the deploy workflow for the head of main; its number."""
        self.runs += 1
        head = self.team.git("rev-parse", "main").strip()
        self.fake.run(self.runs, head, event=event, actor=by)
        environ = {"GITHUB_SHA": head}
        self._runners[self.runs] = Runner(self.team, self.fake, by, self.runs, event=event, environ=environ)
        return self.runs

    def again(self, number: int, by: str = "grace") -> None:
        """The next attempt of a run: of the same commit."""
        self.fake.state.runs[number].attempt += 1
        self._runners[number].attempt += 1
        self._runners[number].actor = by

    def runner(self, number: int) -> Runner:
        return self._runners[number]

    def step(self, number: int, job: str, command: str, **inputs: str) -> Step:
        runner = self._runners[number]
        runner.job = job
        return runner.step(command, **inputs)

    def plan(self, number: int, **inputs: str) -> Step:
        """The plan job."""
        return self.step(number, "plan", "deploy", arguments="--open", **inputs)

    def leg(self, number: int, name: str, rollout: str) -> Step:
        return self.step(number, name, "deploy", environment=name, rollout=rollout)

    def gate(self, number: int, environment: str, rollout: str) -> Step:
        return self.step(number, f"approve-{environment}", "approve", environment=environment, rollout=rollout)

    def settle(self, number: int, rollout: str) -> Step:
        return self.step(number, "settle", "wake", rollout=rollout)

    def wake(self, number: int) -> Step:
        return self.step(number, "wake", "wake")

    # What came of it.

    def record(self, rollout: str) -> list[Mapping[str, Any]]:
        """The events of a rollout, as the branch has them."""
        shown = self.team.tidegate("audit", "show", rollout, "--format", "json")
        assert shown.code == 0, shown.whole
        return list(shown.json["events"])

    def events(self, rollout: str, name: str) -> list[Mapping[str, Any]]:
        return [event for event in self.record(rollout) if event["e"] == name]


@contextmanager
def place(top: Path, change: Mapping[str, tuple[str, str]] | None = None) -> Iterator[Place]:
    """A team whose fleet runs version 1, deployed by hand. `change`: path -> what was then put for what, and merged."""
    team = Team(top, production=2)
    with on_github(team, "hold") as fake:
        assert team.tidegate("audit", "init").code == 0
        said = team.tidegate("deploy")
        assert said.code == 0, said.whole
        for login in PEOPLE:
            fake.person(login)
        fake.workflow("tidegate-deploy.yml")
        there = Place(team, fake)
        for number, (path, (old, new)) in enumerate((change or {}).items()):
            there.branch(f"settings-{number}", old, new, path)
            there.merge(f"settings-{number}")
        yield there
