"""All that the fake GitHub knows; tests look into it and change it as they like."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fakes.github.faults import Faults
from fakes.github.limits import Limits

READ, WRITE = "read", "write"


@dataclass(frozen=True)
class Token:
    """`permissions`: name -> read or write. `kind` is installation (as GITHUB_TOKEN) or user."""

    value: str
    login: str = "github-actions[bot]"
    kind: str = "installation"
    permissions: Mapping[str, str] = field(default_factory=dict)

    def may(self, needs: str) -> bool:
        name, _, level = needs.partition(":")
        return not needs or self.permissions.get(name) in ((WRITE,) if level == WRITE else (READ, WRITE))


@dataclass
class Check:
    """A check run; `body` is what was sent, laid together."""

    id: int
    head: str
    app: int
    body: dict[str, Any]
    annotations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.body["name"])


@dataclass
class Run:
    """A workflow run; `approvals` are GitHub's own entries, `jobs` those of the newest attempt."""

    id: int
    head: str
    branch: str = "main"
    event: str = "push"
    path: str = ".github/workflows/tidegate-deploy.yml"
    attempt: int = 1
    status: str = "in_progress"
    conclusion: str | None = None
    actor: str = "ada"
    created: str = "2026-01-01T00:00:00Z"
    approvals: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Pull:
    number: int
    head: str
    author: str = "ada"
    title: str = "A change"
    base: str = "main"
    branch: str = "feature"
    state: str = "open"
    merged_at: str | None = None
    merged_by: str | None = None
    merge: str | None = None
    commits: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Environment:
    name: str
    reviewers: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    prevent_self_review: bool = False
    admins_bypass: bool = True
    wait_timer: int = 0
    branches: list[str] | None = None
    protected_branches: bool = False
    secrets: list[str] = field(default_factory=list)


@dataclass
class State:
    """One repository and its GitHub. `folder` holds its bare repository, at owner/name.git."""

    repository: str
    folder: Path
    now: Callable[[], datetime]
    default_branch: str = "main"
    visibility: str = "private"
    organization: bool = True
    tokens: dict[str, Token] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    """Login -> what it may do: read, write or admin."""
    heads: dict[str, str] = field(default_factory=dict)
    """Branches beside those of the bare repository."""
    known: set[str] = field(default_factory=set)
    """Commits beside those of the bare repository."""
    authors: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Commit -> logins of who wrote it and who committed it."""
    checks: list[Check] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    workflows: set[str] = field(default_factory=set)
    dispatches: list[dict[str, Any]] = field(default_factory=list)
    environments: dict[str, Environment] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    organization_secrets: list[str] = field(default_factory=list)
    workflow_permissions: str = "read"
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def __post_init__(self) -> None:
        self.limits = Limits(self.now)

    @property
    def bare(self) -> Path:
        return self.folder / f"{self.repository}.git"

    def head(self, branch: str) -> str:
        """The commit of a branch; empty where there is none."""
        return self.heads.get(branch) or self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")

    def has(self, commit: str) -> bool:
        known = commit in self.known or commit in self.heads.values()
        return known or self.git("cat-file", "-t", commit) == "commit"

    def stamp(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def git(self, *words: str) -> str:
        """What git says of the bare repository; empty where it refuses, or there is none."""
        if not self.bare.is_dir():
            return ""
        ended = subprocess.run(["git", "-C", self.bare, *words], capture_output=True, text=True, timeout=30)
        return ended.stdout.strip() if ended.returncode == 0 else ""
