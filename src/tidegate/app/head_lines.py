"""Where a line of the commit that was judged, a merge, stands in the commit that people look at, the head."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from tidegate.app.ground import Ground
from tidegate.app.revision import Revision
from tidegate.errors import GitError, RemoteAway, UsageError
from tidegate.model.place import Location
from tidegate.tree import CommitTree, Tree

_LONGEST = 20_000
"""Lines of a file that are compared; of a longer one that differs no line is shown."""


@dataclass(frozen=True, slots=True)
class HeadLines:
    """`judged` and `shown` are the two trees. A line that only the merge has has no place in the head."""

    judged: Tree
    shown: Tree
    _lines: dict[str, dict[int, int] | None] = field(default_factory=dict)

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
        if location.file not in self._lines:
            self._lines[location.file] = self._compared(location.file)
        lines = self._lines[location.file]
        if lines is None:
            return location
        line = lines.get(location.line)
        if line is None:
            return None
        below = location.end_line - location.line if location.end_line else 0
        return replace(location, line=line, end_line=line + below if location.end_line else 0)

    def _compared(self, file: str) -> dict[int, int] | None:
        """Line in the merge -> line in the head, counted from 1; None where the file is the same in both."""
        try:
            one, other = self.judged.read(file), self.shown.read(file)
        except UsageError:
            return {}
        if one == other:
            return None
        before, after = one.decode("utf-8", "replace").splitlines(), other.decode("utf-8", "replace").splitlines()
        if max(len(before), len(after)) > _LONGEST:
            return {}
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        blocks = matcher.get_matching_blocks()
        return {block.a + at + 1: block.b + at + 1 for block in blocks for at in range(block.size)}
