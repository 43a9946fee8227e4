"""What a command stands on: a person's clone or a job of a workflow; all in which these two differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tidegate.audit.holder import Holder
from tidegate.git import Contact, Git
from tidegate.tree import Tree
from tidegate.world import World


class Footing(Protocol):
    """Contacts nobody but in `bring`, `tree` and `files`, which raise RemoteAway."""

    @property
    def name(self) -> str:
        """The repository's name, for a project that does not say its own."""

    @property
    def remote(self) -> str:
        """URL or path of the repository where the record lies. UsageError where there is none."""

    @property
    def contact(self) -> Contact:
        """Who we are to the remote."""

    @property
    def audit_contact(self) -> Contact:
        """Who we are to it when the record is read and written."""

    def tree(self) -> Tree:
        """The files that are judged when no commit is named."""

    def commit(self) -> str:
        """The commit that is meant when none is named: its whole id."""

    def bring(self, git: Git) -> str:
        """That commit, brought into `git`, be it on a branch of the remote or not."""

    def copies(self, world: World, revisions: Sequence[str]) -> tuple[Git, Sequence[str]]:
        """A repository of our own with these commits in it, and their whole ids. UsageError for what names none."""

    def uncommitted(self) -> Sequence[str]:
        """Paths that lie here and are in no commit."""

    def committed(self, path: str) -> bytes | None:
        """A file as the commit that is meant has it; None where it has none."""

    def files(self) -> Path:
        """The repository's files on disk: what relative paths of drivers and secrets are taken from."""

    def person(self) -> str:
        """Who acts. UsageError where nobody can be told."""

    def holder(self, by: str) -> Holder:
        """What stands in a lease that this process takes in the name of `by`."""

    def asked(self, by: str) -> Mapping[str, str]:
        """What the record says of how a rollout was asked for."""


def own_repository(world: World, footing: Footing) -> Git:
    """Our own bare copy of the remote, made where there is none."""
    mine = hashlib.sha256(footing.remote.encode()).hexdigest()[:16]
    return Git.make(world.state / "git" / mine, footing.contact)
