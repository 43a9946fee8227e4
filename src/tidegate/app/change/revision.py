"""A project as one commit has it: what is judged, planned and deployed is read from git's objects, never the folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidegate.app.change.contents import Contents, Key, content_of
from tidegate.app.ground.look import refused
from tidegate.app.ground.stand import Ground
from tidegate.model.artifact import Artifact
from tidegate.model.plan import Plan
from tidegate.model.project import Project
from tidegate.project.load import Loaded, load
from tidegate.project.render import render
from tidegate.tree import CommitTree


@dataclass(frozen=True, slots=True)
class Revision:
    """`commit` is its whole id."""

    commit: str
    tree: CommitTree
    loaded: Loaded

    @property
    def project(self) -> Project:
        """Refusal where the files of this commit make no project."""
        if self.loaded.project is None:
            raise refused(self.loaded.report, f"The project cannot be read at {self.commit[:7]}")
        return self.loaded.project

    def artifacts(self, keys: Iterable[Key]) -> Mapping[Key, Artifact]:
        """Those of `keys` that this revision has and can render."""
        project = self.project
        there = [key for key in keys if has(project, key)]
        return render(self.tree, project, there, self.loaded.documents).artifacts

    def contents(self, plan: Plan) -> Contents:
        """What a plan of this very revision puts on devices. Missing is what it cannot render now: see `differing`."""
        made = self.artifacts(plan.targets)
        return Contents(self.project, {key: content_of(self.project, key, artifact) for key, artifact in made.items()})


def read_revision(ground: Ground, commit: str) -> Revision:
    """The project's folder at a commit that our own copy has."""
    tree = CommitTree(ground.git, commit)
    return Revision(commit, tree, load(tree, ground.folder, ground.name_hint))


def has(project: Project, key: Key) -> bool:
    """Is there such a device, such a component, and does it belong there?"""
    device, component = key
    known = device in project.fleet and component in project.components
    return known and project.components[component].select.matches(project.fleet[device].selectable)
