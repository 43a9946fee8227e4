"""Standing in a person's clone: what is checked out, what is not committed, and who sits there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tidegate.audit.holder import Holder, this_process
from tidegate.errors import GitError, UsageError
from tidegate.git import Clone, Contact, Git, as_user
from tidegate.git.person import person
from tidegate.tree import Tree, WorkTree
from tidegate.world import World

REMOTE = "origin"
_HERE = "refs/tidegate/here"


@dataclass(frozen=True)
class InClone:
    """`root` is the clone."""

    root: Path
    environ: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.root.name

    @cached_property
    def remote(self) -> str:
        try:
            return self._clone.remote_url(REMOTE)
        except GitError as error:
            raise UsageError(
                f"{self.root} has no remote `{REMOTE}`: the record of rollouts lies there",
                hint=f"git remote add {REMOTE} URL",
            ) from error

    @property
    def contact(self) -> Contact:
        return as_user(self.environ)

    @property
    def audit_contact(self) -> Contact:
        return self.contact

    def tree(self) -> Tree:
        """Uncommitted changes too; what git ignores is left out."""
        return WorkTree(self.root, self._clone.files())

    def commit(self) -> str:
        return self._clone.head()

    def bring(self, git: Git) -> str:
        """The commit that is checked out, pushed or not."""
        git.fetch(str(self.root), f"+HEAD:{_HERE}")
        return self._clone.head()

    def copies(self, world: World, revisions: Sequence[str]) -> tuple[Git, Sequence[str]]:
        """Nobody is contacted, and no remote needed."""
        commits: list[str] = []
        for revision in revisions:
            commit = self._clone.commit(revision)
            if commit is None:
                raise UsageError(
                    f"there is no commit `{revision}` in {self.root}", hint=f"git fetch {REMOTE}, or spell it anew."
                )
            commits.append(commit)
        mine = hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:16]
        git = Git.make(world.state / "git" / f"clone-{mine}")
        git.fetch(str(self.root), *dict.fromkeys(commits))
        return git, commits

    def uncommitted(self) -> Sequence[str]:
        return self._clone.uncommitted()

    def committed(self, path: str) -> bytes | None:
        return self._clone.committed(path)

    def files(self) -> Path:
        return self.root

    def person(self) -> str:
        return person(self.root, self.environ)

    def holder(self, by: str) -> Holder:
        return this_process(by)

    def asked(self, by: str) -> Mapping[str, str]:
        return {"by": by, "event": "command"}

    @property
    def _clone(self) -> Clone:
        return Clone(self.root)


def find_clone(world: World, project: str) -> tuple[InClone, str]:
    """The clone that holds `project`, and the project's folder below it. UsageError where there is none."""
    folder = (world.here / project).resolve()
    if not (folder / "tidegate.yaml").is_file():
        raise UsageError(
            f"there is no tidegate.yaml in {folder}", hint="Go to the project's folder, or say --project DIR."
        )
    for root in (folder, *folder.parents):
        if (root / ".git").exists():
            return InClone(root, world.environ), "" if root == folder else folder.relative_to(root).as_posix()
    raise UsageError(f"{folder} is in no git repository", hint="git init, commit, and add a remote named origin.")
