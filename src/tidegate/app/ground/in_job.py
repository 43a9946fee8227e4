"""Standing in a job of a workflow: nothing is checked out, everything is read from the commit of the event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from tidegate.app.ground.footing import own_repository
from tidegate.audit.holder import Holder, this_job
from tidegate.errors import GitError, RemoteAway, UsageError
from tidegate.git import Contact, Git, as_job, masked
from tidegate.model.run import Run
from tidegate.tree import CommitTree, RefusedFile, Tree
from tidegate.world import World

_WHOLE = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class InJob:
    """`run` says which job. What an earlier step left in the workspace or in its home is neither read nor run."""

    run: Run
    world: World

    @property
    def name(self) -> str:
        return PurePosixPath(self.run.repository).name

    @property
    def remote(self) -> str:
        return self.run.remote

    @property
    def contact(self) -> Contact:
        return as_job(self.world.environ, self.run.server, self.run.token)

    @property
    def audit_contact(self) -> Contact:
        return as_job(self.world.environ, self.run.server, self.run.audit_token or self.run.token)

    def tree(self) -> Tree:
        return self._tree

    def commit(self) -> str:
        return self.run.commit

    def bring(self, git: Git) -> str:
        """The event's commit, be it on a branch or the merge that GitHub made for a pull request."""
        self._fetch(git, self.run.commit)
        return self.run.commit

    def copies(self, world: World, revisions: Sequence[str]) -> tuple[Git, Sequence[str]]:
        """Whole ids alone: what a name means may change while a job runs."""
        odd = next((revision for revision in revisions if _WHOLE.fullmatch(revision) is None), None)
        if odd is not None:
            raise UsageError(f"`{odd}` is no whole commit id", hint="In a job: --base ${{ github.event.before }}, say.")
        git = own_repository(world, self)
        self._fetch(git, *dict.fromkeys(revisions))
        return git, revisions

    def uncommitted(self) -> Sequence[str]:
        return ()

    def committed(self, path: str) -> bytes | None:
        return self._tree.read(path) if path in self._tree.paths() else None

    def files(self) -> Path:
        """The commit's files, written into a folder of our own: what drivers and secrets take relative paths from."""
        return self._files

    def person(self) -> str:
        return self.run.by

    def holder(self, by: str) -> Holder:
        return this_job(self.run, by)

    def asked(self, by: str) -> Mapping[str, str]:
        return {"by": by, "event": self.run.event, "run": self.run.number}

    def _fetch(self, git: Git, *commits: str) -> None:
        try:
            git.fetch(self.remote, *commits)
        except GitError as error:
            names = " ".join(commit[:12] for commit in commits)
            raise RemoteAway(
                f"{names} cannot be had from {masked(self.remote)}: {error.message}",
                hint="May the job read the repository? permissions: {contents: read}, and pass github-token.",
            ) from error

    @cached_property
    def _tree(self) -> CommitTree:
        git = own_repository(self.world, self)
        return CommitTree(git, self.bring(git))

    @cached_property
    def _files(self) -> Path:
        top = self.world.state / "files" / self.run.commit
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._tree.paths():
            if ".." in PurePosixPath(path).parts:
                continue
            try:
                content = self._tree.read(path)
            except RefusedFile:
                continue  # whoever wants to read it misses it, and says its name
            file = top / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o700)  # a secret's command may be a script of the repository
        return top
