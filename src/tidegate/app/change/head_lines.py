"""Where a line of the commit that was judged, a merge, stands in the commit that people look at, the head."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.app.change.revision import Revision
from tidegate.app.ground.stand import Ground
from tidegate.errors import GitError, RemoteAway, UsageError
from tidegate.model.place import Location
from tidegate.report.lines import on_head
from tidegate.tree import CommitTree, Tree


@dataclass(frozen=True, slots=True)
class HeadLines:
    """`judged` and `shown` are the two trees. A line that only the merge has has no place in the head."""

    judged: Tree
    shown: Tree

    @classmethod
    def of(cls, ground: Ground, revision: Revision, shown: str) -> HeadLines:
        """RemoteAway where the head cannot be had."""
        if shown in ("", revision.commit):
            return cls(revision.tree, revision.tree)
        try:
            ground.git.fetch(ground.remote, shown)
        except GitError as error:
            raise RemoteAway(
                f"{shown[:12]}, the head, cannot be had: {error.message}", hint="Was the branch changed meanwhile?"
            ) from error
        return cls(revision.tree, CommitTree(ground.git, shown))

    def __call__(self, location: Location) -> Location | None:
        if self.judged is self.shown:
            return location
        judged = _text(self.judged, location.file)
        return None if judged is None else on_head(location, judged, _text(self.shown, location.file))


def _text(tree: Tree, path: str) -> str | None:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except UsageError:
        return None
