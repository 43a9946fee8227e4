"""A team with a repository on a GitHub of ours: what its people do there, and the runs of its workflows."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e import engine
from e2e.acting import JOB, Acting, Run, Site
from e2e.fleet import Fleet, Machine
from fakes.github.fake import TOKEN, FakeGitHub

PROJECT = Path(__file__).parent / "project"
DEPLOY = "tidegate-deploy.yml"
PEOPLE = {"ada": "write", "grace": "maintain"}


@dataclass
class Shop:
    """`clone` is a person's; every run gets one of its own, at its commit."""

    folder: Path
    github: FakeGitHub
    fleet: Fleet
    site: Site
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _runs: itertools.count[int] = field(default_factory=lambda: itertools.count(7001))

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def machines(self) -> list[Machine]:
        return list(self.fleet.machines.values())

    # What people do.

    def begin(self) -> None:
        """The first commit: a project as `init` writes it, filled with this fleet, and its audit branch."""
        self.git("clone", "--quiet", str(self.github.bare()), str(self.clone), here=self.folder)
        self.tidegate("init", "--name", "shop", "--ref", self.site.uses[0])
        for path in ("components", "fleet", "policies"):
            shutil.rmtree(self.clone / path)
        shutil.copytree(PROJECT, self.clone, dirs_exist_ok=True)
        for env in ("staging", "production"):
            self.write(f"fleet/{env}.yaml", self._fleet_file(env))
        self.write("known_hosts", self.fleet.known_hosts())
        self.tidegate("init", "--update")
        self.commit("The shop")
        self.git("push", "--quiet", "origin", "HEAD:main")
        self.tidegate("audit", "init")
        for workflow in (self.clone / ".github/workflows").iterdir():
            self.github.workflow(workflow.name)
        for login, may in PEOPLE.items():
            self.github.person(login, may)

    def _fleet_file(self, env: str) -> str:
        short = {"staging": "stg", "production": "prod"}[env]
        machines = [each for each in self.fleet.machines.values() if f"-{short}-" in each.name]
        lines = [f"  {each.name}: {{address: {each.address}}}\n" for each in machines]
        return f"defaults: {{labels: {{env: {env}}}}}\ndevices:\n" + "".join(lines)

    def clear(self) -> None:
        """End what a run that was killed has left: its job's container and, named after that, its step's."""
        engine.stop("name=act-tidegate-deploy-")
        engine.stop(f"label={JOB}")

    def write(self, path: str, text: str) -> None:
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.clone / path).read_text()
        assert old in text, path
        self.write(path, text.replace(old, new))

    def commit(self, title: str, by: str = "ada") -> str:
        self.git("add", "--all")
        self.git("-c", f"user.name={by}", "-c", f"user.email={by}@shop.test", "commit", "--quiet", "-m", title)
        return self.git("rev-parse", "HEAD")

    def propose(self, title: str, *edits: tuple[str, str, str]) -> Proposal:
        """A pull request by ada, with edits: path, old, new."""
        number = next(self._numbers)
        self.git("checkout", "--quiet", "-B", f"change-{number}", "main")
        for edit in edits:
            self.edit(*edit)
        head = self.commit(title)
        self.git("push", "--quiet", "--force", "origin", f"HEAD:change-{number}", f"HEAD:refs/pull/{number}/head")
        self.github.pull(number, head, title=title, branch=f"change-{number}", author="ada")
        return Proposal(number, title, self.git("rev-parse", "main"), head)

    def merge(self, proposal: Proposal) -> str:
        """Reviewed and merged by grace: the merge commit."""
        self.github.review(proposal.number, "grace")
        self.git("checkout", "--quiet", "main")
        self.git(
            "-c", "user.name=grace", "-c", "user.email=grace@shop.test",
            "merge", "--quiet", "--no-ff", "-m", f"Merge #{proposal.number}: {proposal.title}", proposal.head,
        )  # fmt: skip
        merged = self.git("rev-parse", "HEAD")
        self.git("push", "--quiet", "origin", "main")
        self.github.merge(proposal.number, merged, by="grace")
        return merged

    # What runs.

    def validate(self, proposal: Proposal) -> Run:
        number, repository = proposal.number, self._repository()
        payload = {
            "action": "opened",
            "number": number,
            "pull_request": {
                "number": number,
                "title": proposal.title,
                "user": {"login": "ada"},
                "head": {"sha": proposal.head, "ref": f"change-{number}", "repo": repository},
                "base": {"sha": proposal.base, "ref": "main", "repo": repository},
            },
            "repository": repository,
            "sender": {"login": "ada"},
        }
        return self._start(proposal.head, "tidegate-validate.yml", "pull_request", payload).wait()

    def deploy(self, commit: str, *, approved_by: str = "", run: int = 0, attempt: int = 1) -> Acting:
        """The workflow of a push to main; `run` and `attempt` where it is started again."""
        number = run or next(self._runs)
        self.github.run(number, commit, event="push", attempt=attempt)
        if approved_by:
            self.github.approve(number, "canary-approval", approved_by)
        payload = {
            "ref": "refs/heads/main",
            "before": self.parent(commit) or "0" * 40,
            "after": commit,
            "deleted": False,
            "repository": self._repository(),
            "sender": {"login": "grace"},
            "pusher": {"name": "grace"},
            "head_commit": {"id": commit},
        }
        return self._start(commit, DEPLOY, "push", payload, run=number, attempt=attempt, actor="grace")

    def _start(
        self, commit: str, workflow: str, event: str, payload: Mapping[str, Any], *, run: int = 0, **more: Any
    ) -> Acting:
        run = run or next(self._runs)
        clone = self.folder / "runs" / f"{run}-{more.get('attempt', 1)}"
        self.git("clone", "--quiet", "--shared", str(self.clone), str(clone), here=self.folder)
        self.git("checkout", "--quiet", "-B", "main", commit, here=clone)
        return Acting(
            self.site,
            clone,
            workflow,
            event,
            payload,
            folder=self.folder / "logs",
            run=run,
            secrets={"GITHUB_TOKEN": TOKEN, "SSH_KEY": (self.fleet.folder / "client").read_text()},
            **more,
        )

    def _repository(self) -> Mapping[str, Any]:
        owner, _, name = self.site.repository.partition("/")
        return {
            "full_name": self.site.repository,
            "name": name,
            "owner": {"login": owner},
            "default_branch": "main",
            "fork": False,
            "private": True,
        }

    # What is to be seen.

    def record(self) -> str:
        """All segments of the audit branch, one after another."""
        paths = self.git("-C", str(self.github.bare()), "ls-tree", "-r", "--name-only", "tidegate-audit").splitlines()
        found = [path for path in paths if path.endswith(".jsonl")]
        return "".join(self.git("-C", str(self.github.bare()), "show", f"tidegate-audit:{path}") for path in found)

    def checks(self, commit: str) -> Mapping[str, tuple[str, str]]:
        """Name -> conclusion and title of the check runs of a commit."""
        found = {}
        for check in self.github.state.checks:
            if check.head == commit:
                assert check.name not in found, f"two checks are called {check.name}"
                found[check.name] = (check.body.get("conclusion", ""), check.body.get("output", {}).get("title", ""))
        return found

    def parent(self, commit: str) -> str:
        """Its first; empty where it has none."""
        return self.git("rev-list", "--parents", "--max-count=1", commit).partition(" ")[2].partition(" ")[0]

    def git(self, *args: str, here: Path | None = None) -> str:
        ended = subprocess.run(["git", *args], cwd=here or self.clone, capture_output=True, timeout=60)
        assert ended.returncode == 0, (args, ended.stderr.decode())
        return ended.stdout.decode().strip()

    def tidegate(self, *args: str, code: int = 0) -> str:
        said = subprocess.run(
            [sys.executable, "-m", "tidegate", *args], cwd=self.clone, capture_output=True, timeout=120
        )
        assert said.returncode == code, (args, said.stdout.decode(), said.stderr.decode())
        return said.stdout.decode()


@dataclass(frozen=True)
class Proposal:
    """A pull request as it was opened."""

    number: int
    title: str
    base: str
    head: str
