"""Is what would be deployed what was reviewed? Rendered anew from git, for merges, squashes and rebases differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.app.change.contents import Key
from tidegate.app.change.revision import Revision, read_revision
from tidegate.app.ground.stand import Ground
from tidegate.errors import GitError, Refusal, UsageError
from tidegate.model.change import Change
from tidegate.project.digests import wish
from tidegate.project.render import render
from tidegate.project.settle import pairs

Print: TypeAlias = tuple[str, str, str]
"""All that a device gets of a component: digests of its artifact, its commands, and how it is reached."""
_NONE: Mapping[Key, Print] = {}


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A component that comes out otherwise than any pull request showed it, and on which devices."""

    component: str
    devices: tuple[str, ...]


@dataclass
class Reviewed:
    """Compares commits in one lane. What cannot be had or read counts as nothing that anybody reviewed."""

    ground: Ground
    strategy: str
    _known: dict[str, Mapping[Key, Print]] = field(default_factory=dict)

    def unreviewed(self, changes: Sequence[Change], revision: Revision) -> list[Unreviewed]:
        """Components of `revision` that nobody reviewed as they are now; `changes` is its range, oldest first.

        For each device and component the newest change that touches it must have shown it as it is deployed. A push
        past all pull requests showed itself: whether that may be is for `direct_push` to say.
        """
        if not changes or self._is_the_head(changes, revision.commit):
            return []
        shown: dict[Key, Print | None] = {}
        for change in changes:
            for first, last in self._steps(change):
                shown |= _touched(self._prints(first), self._prints(last))
        now, before = self._prints(revision.commit), self._prints(self.ground.git.parent(changes[0].commits[0]))
        odd = [key for key, made in _touched(before, now).items() if key not in shown or shown[key] != made]
        by_component: dict[str, list[str]] = {}
        for device, component in sorted(odd):
            by_component.setdefault(component, []).append(device)
        return [Unreviewed(component, tuple(devices)) for component, devices in sorted(by_component.items())]

    def _is_the_head(self, changes: Sequence[Change], commit: str) -> bool:
        """One pull request, and every file is as it was at its head: nothing is to be rendered."""
        if len(changes) != 1 or not changes[0].pr or not self._fetch(changes[0]):
            return False
        return self.ground.git.tree_id(changes[0].head) == self.ground.git.tree_id(commit)

    def _steps(self, change: Change) -> list[tuple[str | None, str | None]]:
        """From where to where somebody looked at it."""
        git = self.ground.git
        if not change.pr:
            return [(git.parent(commit), commit) for commit in change.commits]
        onto = git.parent(change.commits[0])
        if not self._fetch(change) or onto is None:
            return []
        return [(git.merge_base(onto, change.head), change.head)]

    def _fetch(self, change: Change) -> bool:
        """Its head, which a squash or a rebase has left behind."""
        git = self.ground.git
        if not change.head:
            return False
        if git.resolve(change.head) is None:
            ref = f"refs/pull/{change.pr}/head"
            try:
                git.fetch(self.ground.remote, f"+{ref}:refs/tidegate/pull/{change.pr}")
            except GitError:
                return False
        return git.resolve(change.head) is not None

    def _prints(self, commit: str | None) -> Mapping[Key, Print]:
        if commit is None:
            return _NONE
        if commit not in self._known:
            self._known[commit] = self._read(commit)
        return self._known[commit]

    def _read(self, commit: str) -> Mapping[Key, Print]:
        try:
            revision = read_revision(self.ground, commit)
            project = revision.project
        except (Refusal, UsageError):  # no project yet, or none that this version can read
            return _NONE
        components = project.components
        wanted = [key for key in pairs(project) if components[key[1]].strategy == self.strategy]
        made = render(revision.tree, project, wanted, revision.loaded.documents).artifacts
        all_of = wish(project, made)
        return {
            (device, component): (each.artifact, each.commands, all_of.reach[device])
            for device, of in all_of.devices.items()
            for component, each in of.items()
        }


def _touched(before: Mapping[Key, Print], after: Mapping[Key, Print]) -> dict[Key, Print | None]:
    return {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
