"""Workflows brought up to date: those that nobody has edited are written anew, others are named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from tidegate.app.ground.in_clone import find_clone
from tidegate.app.ground.look import look
from tidegate.app.init.placing import main_branch, place, rewrite
from tidegate.app.workflows.mark import Mark, mark_of
from tidegate.app.workflows.settings import Settings
from tidegate.app.workflows.writing import workflows
from tidegate.checks.workflows import check_workflows
from tidegate.project.legs import WORKFLOWS
from tidegate.tree import Tree
from tidegate.world import World


class Fate(StrEnum):
    """What became of a workflow."""

    NEW = "new"
    ANEW = "written anew"
    SAME = "as it should be"
    GONE = "removed"
    YOURS = "edited by you, and left"
    STALE = "edited by you, and no longer fits"


@dataclass(frozen=True, slots=True)
class Updated:
    """Path -> what became of it; `stale` workflows are for a person to mend."""

    fates: Mapping[str, Fate]

    @property
    def stale(self) -> Sequence[str]:
        return [path for path, fate in self.fates.items() if fate is Fate.STALE]

    @property
    def exit_code(self) -> int:
        return 1 if self.stale else 0


def update(world: World, folder: str, chosen: Mapping[str, Any], *, force: bool = False) -> Updated:
    """`chosen`: settings that a person says now; the rest is as the files remember it. `force` gives up edits.

    Refusal where the project cannot be read, or a file cannot be placed.
    """
    sight = look(world, folder)
    clone, below = find_clone(world, folder)
    root = clone.root
    there = dict(_ours(sight.tree, below))
    settings = replace(_settings(there, root), **chosen)
    wanted = workflows(sight.project, below, settings)
    unfit = {found.location.file for found in check_workflows(sight.tree, sight.project, sight.documents, below)}
    fates = {path: _fate(there.get(path), text, stale=path in unfit, force=force) for path, text in wanted.items()}
    for path, text in there.items():
        if path not in wanted:
            mark = mark_of(text)
            ours = force or (mark is not None and mark.untouched)
            fates[path] = Fate.GONE if ours else Fate.STALE if path in unfit else Fate.YOURS
    place(root, {path: wanted[path] for path, fate in fates.items() if fate is Fate.NEW})
    rewrite(root, {path: wanted.get(path) for path, fate in fates.items() if fate in (Fate.ANEW, Fate.GONE)})
    return Updated(dict(sorted(fates.items())))


def _ours(tree: Tree, folder: str) -> Iterator[tuple[str, str]]:
    """The workflows of this project by their names, whoever wrote them."""
    tail = "." + re.sub(r"[^A-Za-z0-9_-]", "-", folder) if folder else ""
    name = re.compile(rf"{re.escape(WORKFLOWS)}/tidegate-[a-z0-9-]+{re.escape(tail)}\.yml")
    for path in tree.paths():
        if name.fullmatch(path):
            yield path, tree.read(path).decode("utf-8", "replace")


def _settings(there: Mapping[str, str], root: Path) -> Settings:
    marks: list[Mark] = [mark for text in there.values() if (mark := mark_of(text)) is not None]
    return marks[0].settings if marks else Settings(branch=main_branch(root))


def _fate(text: str | None, wanted: str, *, stale: bool, force: bool) -> Fate:
    if text is None:
        return Fate.NEW
    if text.replace("\r\n", "\n") == wanted:
        return Fate.SAME
    mark = mark_of(text)
    if force or (mark is not None and mark.untouched):
        return Fate.ANEW
    return Fate.STALE if stale else Fate.YOURS
