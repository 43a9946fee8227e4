"""The files of a project, found, read and shaped, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidegate.model.place import Place
from tidegate.project.components import ComponentFile, shape_component
from tidegate.project.documents import Desk
from tidegate.project.fleet import FleetFile, Layer
from tidegate.project.own_file import read_own
from tidegate.project.paths import matching, resolve
from tidegate.project.shapes import CsvShape, ProjectShape
from tidegate.project.shapes_fleet import FleetShape
from tidegate.project.shaping import shape
from tidegate.project.table import read_table
from tidegate.tree import Tree
from tidegate.types.shape import Shape

S = TypeVar("S", bound=Shape)

FLEET = "fleet/*.yaml"
COMPONENTS = "components/*/component.yaml"


@dataclass(frozen=True, slots=True)
class ShapedFiles:
    """What could be read. No `project`: tidegate.yaml is wrong, and the usual places were looked at for the rest.

    `fleet_is_whole`: nothing is wrong with any fleet file, so selectors may be judged.
    """

    file: str
    project: ProjectShape | None
    fleet: Sequence[FleetFile]
    components: Sequence[ComponentFile]
    fleet_is_whole: bool


def read_files(desk: Desk, tree: Tree, file: str) -> ShapedFiles:
    """Everything that `file`, a tidegate.yaml, leads to."""
    said = _read(desk, tree, file, ProjectShape)
    items: Sequence[str | CsvShape] = said.fleet if said else [FLEET]
    patterns = said.components if said else [COMPONENTS]
    fleet: dict[str, FleetFile] = {}
    before = len(desk.findings)
    for index, item in enumerate(items):
        for one in _fleet_item(desk, tree, file, item, ("fleet", index)):
            fleet.setdefault(one.file, one)
    fleet_is_whole = said is not None and len(desk.findings) == before
    components: dict[str, ComponentFile] = {}
    for index, pattern in enumerate(patterns):
        for path in _expand(desk, tree, file, pattern, ("components", index), usual=COMPONENTS):
            if path not in desk.read:
                components.update({one.file: one for one in _component(desk, tree, path)})
    return ShapedFiles(file, said, list(fleet.values()), list(components.values()), fleet_is_whole)


def _read(desk: Desk, tree: Tree, file: str, model: type[S]) -> S | None:
    source, findings = read_own(tree, file)
    desk.findings += findings
    if source is None:
        return None
    desk.read[file] = source
    said, findings = shape(model, source)
    desk.findings += findings
    return said


def _fleet_item(desk: Desk, tree: Tree, file: str, item: str | CsvShape, place: Place) -> list[FleetFile]:
    if isinstance(item, CsvShape):
        return _table(desk, tree, file, item, place)
    found = []
    for path in _expand(desk, tree, file, item, place, usual=FLEET):
        said = None if path in desk.read else _read(desk, tree, path, FleetShape)
        if said is not None:
            found.append(FleetFile(path, said, Layer(said.defaults, path, ("defaults",))))
    return found


def _table(desk: Desk, tree: Tree, file: str, item: CsvShape, place: Place) -> list[FleetFile]:
    path = _resolved(desk, file, item.csv, (*place, "csv"))
    if path is None:
        return []
    if path not in (*tree.paths(), *tree.refused()):
        desk.find("missing-file", f"there is no file {path}", file, (*place, "csv"))
        return []
    table, findings = read_table(tree, path)
    desk.findings += findings
    if table is None:
        return []
    desk.read[path] = table
    desk.defaults_of[path] = (file, (*place, "defaults"))
    said, findings = shape(FleetShape, table)
    desk.findings += findings
    return [FleetFile(path, said, Layer(item.defaults, file, (*place, "defaults")))] if said else []


def _component(desk: Desk, tree: Tree, path: str) -> list[ComponentFile]:
    source, findings = read_own(tree, path)
    desk.findings += findings
    if source is None:
        return []
    desk.read[path] = source
    of, findings = shape_component(source)
    desk.findings += findings
    return [of] if of else []


def _expand(desk: Desk, tree: Tree, file: str, said: str, place: Place, *, usual: str) -> list[str]:
    """The files a pattern takes; none is a fault, except of the usual one, which nobody may have written."""
    pattern = _resolved(desk, file, said, place)
    if pattern is None:
        return []
    # What cannot be read counts too: to read it is a finding, to pass over it would be silence.
    found = matching(pattern, sorted((*tree.paths(), *tree.refused())))
    if not found and said != usual:
        desk.find("missing-file", f"`{said}` takes no file", file, place)
    return found


def _resolved(desk: Desk, file: str, said: str, place: Place) -> str | None:
    try:
        return resolve(file, said)
    except ValueError as error:
        desk.find("outside", str(error), file, place)
        return None
