"""`checks` of a tidegate.yaml alone: what judges is known also where the rest of its project cannot be read."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from tidegate.model.place import Finding
from tidegate.model.project import Checks
from tidegate.project.check_settings import read_checks
from tidegate.project.documents import Desk, Documents
from tidegate.project.load import PROJECT_FILE
from tidegate.project.own_file import read_own
from tidegate.project.shapes import ChecksShape
from tidegate.project.shaping import shape
from tidegate.tree import Tree


@dataclass(frozen=True, slots=True)
class LoadedChecks:
    """`said` tells whether they were read from the file; otherwise they are what it means to leave them out."""

    checks: Checks
    said: bool
    findings: tuple[Finding, ...]
    documents: Documents


def load_checks(tree: Tree, folder: str) -> LoadedChecks:
    """What the project in `folder` asks of a pull request."""
    file = posixpath.join(folder, PROJECT_FILE)
    desk = Desk(file)
    shaped = ChecksShape()
    source, findings = read_own(tree, file)
    said = source is not None and isinstance(source.data, dict)
    if source is not None:
        desk.read[file] = source
    if source is not None and isinstance(source.data, dict) and "checks" in source.data:
        written, findings = shape(ChecksShape, source, ("checks",))
        said = written is not None
        shaped = written or shaped
    checks = read_checks(desk, tree, shaped, file)
    return LoadedChecks(checks, said, (*findings, *desk.report()), desk.documents())
