"""Artifacts: what each device shall hold of each component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from tidegate.errors import UsageError
from tidegate.model.artifact import Artifact, Entry, Mark, Part
from tidegate.model.place import Location, Report
from tidegate.model.project import Project
from tidegate.project.documents import Documents
from tidegate.project.faults import Faults
from tidegate.project.rendering import Answer, answers
from tidegate.project.settle import settled
from tidegate.project.work import Job, texts_of
from tidegate.tree import Tree
from tidegate.types.files import Piece, owned_folders, pieces

Key: TypeAlias = tuple[str, str]
"""(device, component)"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Artifacts by (device, component); those that could not be made are missing, and the report says why."""

    artifacts: Mapping[Key, Artifact]
    report: Report


@dataclass(slots=True)
class _Pair:
    """One component on one device, while its files come together."""

    device: str
    component: str
    pieces: Sequence[Piece]
    folders: tuple[str, ...]
    jobs: Mapping[str, Job]


def render(tree: Tree, project: Project, pairs: Iterable[Key], documents: Documents | None = None) -> Rendered:
    """The artifacts of these (device, component) pairs: contact with nobody, the same bytes for the same commit.

    `documents` are for places in findings; without them a component's findings stand at its first line.
    """
    documents = documents or Documents()
    work = [_pair(tree, project, *key) for key in pairs]
    jobs = [job for pair in work for job in pair.jobs.values()]
    texts, unreadable = texts_of(tree, jobs, project.components)
    said = answers(project, texts, [job for job in jobs if job.path in texts.get(job.component, {})])
    faults = Faults()
    contents = _Contents(tree, project)
    artifacts: dict[Key, Artifact] = {}
    for pair in work:
        _check_names(pair, faults)
        artifact = _artifact(pair, said, contents, faults, project, documents)
        if artifact is not None:
            artifacts[pair.device, pair.component] = artifact
    _check_targets(work, project, faults, documents)
    report = Report((*unreadable, *faults.findings()), MappingProxyType({"artifacts": len(artifacts)}))
    return Rendered(artifacts, report)


def _pair(tree: Tree, project: Project, device: str, component: str) -> _Pair:
    now = settled(project, project.components[component], project.fleet[device])
    wanted = tuple(pieces(now.files, tree.paths()))
    jobs = {piece.path: Job(device, component, piece.path, now.vars) for piece in wanted if piece.is_template}
    return _Pair(device, component, wanted, owned_folders(now.files), jobs)


class _Contents:
    """Bytes of files and parts of rendered texts; equal ones are one object, however many devices have them."""

    def __init__(self, tree: Tree, project: Project) -> None:
        self._tree, self._project = tree, project
        self._files: dict[str, bytes | UsageError] = {}
        self._texts: dict[str, bytes] = {}

    def file(self, path: str) -> bytes:
        if path not in self._files:
            try:
                self._files[path] = self._tree.read(path)
            except UsageError as error:
                self._files[path] = error
        content = self._files[path]
        if isinstance(content, UsageError):
            raise content
        return content

    def parts(self, answer: Answer) -> tuple[Part, ...]:
        return tuple(
            self._texts.setdefault(part, part.encode())
            if isinstance(part, str)
            else Mark(part["secret"], self._project.secrets[part["secret"]].version, part["filter"])
            for part in answer["parts"]
        )


def _artifact(
    pair: _Pair,
    said: Mapping[tuple[str, str, str], Answer],
    contents: _Contents,
    faults: Faults,
    project: Project,
    documents: Documents,
) -> Artifact | None:
    component = project.components[pair.component]
    entries: list[Entry] = []
    for piece in (piece for piece in pair.pieces if piece.has_a_name):
        parts = _parts(pair, piece, said, contents, faults)
        if parts is not None:
            entries.append(Entry(piece.target, piece.mode, piece.owner, piece.group, parts))
    if not pair.pieces:
        where = documents.locate_key(component.file, ("files",))
        faults.add("no-files", f"`{pair.component}` puts no file on it", where, pair.device)
    if not entries or len(entries) < len(pair.pieces):
        return None
    return Artifact(component.type, tuple(entries), pair.folders)


def _check_names(pair: _Pair, faults: Faults) -> None:
    for piece in pair.pieces:
        if not piece.has_a_name:
            wrong = "a device cannot be told this name: it is empty, no UTF-8, or has letters that cannot be seen"
            faults.add("bad-target", wrong, Location(piece.path), pair.device, fix="Rename the file.")


def _parts(
    pair: _Pair, piece: Piece, said: Mapping[tuple[str, str, str], Answer], contents: _Contents, faults: Faults
) -> tuple[Part, ...] | None:
    if not piece.is_template:
        try:
            return (contents.file(piece.path),)
        except UsageError as error:
            faults.add("refused-file", error.message, Location(piece.path), pair.device, fix=error.hint)
            return None
    answer = said.get(pair.jobs[piece.path].key)
    if answer is None:
        return None  # its template could not be read, or ran away for another device: that is said there
    if "parts" in answer:
        return contents.parts(answer)
    faults.add(answer["rule"], answer["message"], Location(answer["file"], answer["line"]), pair.device)
    return None


def _check_targets(work: Sequence[_Pair], project: Project, faults: Faults, documents: Documents) -> None:
    """On one device a target belongs to one component, and so does everything in a folder it owns."""
    claims: dict[str, list[tuple[str, str]]] = {}
    for pair in work:
        targets = (*(piece.target for piece in pair.pieces if piece.has_a_name), *pair.folders)
        claims.setdefault(pair.device, []).extend((target, pair.component) for target in targets)
    for device, claimed in claims.items():
        folder, owner, before = "//", "", ""  # no target begins so
        for target, component in sorted(claimed):
            if target == before or (target.startswith(folder) and component != owner):
                wrong = f"`{target}` belongs to `{owner}` already"
                where = documents.locate_key(project.components[component].file, ("files", target))
                faults.add("target-twice", wrong, where, device)
            if target.endswith("/") and not target.startswith(folder):
                folder = target
            if target.endswith("/") or not target.startswith(folder):
                owner = component
            before = target
