"""Which files of the repository are checked: read once, with all that schemas and policies need of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.model.place import Finding, Location, Place
from tidegate.model.project import Checks
from tidegate.project.any_file import read_documents
from tidegate.project.documents import Documents
from tidegate.project.paths import matching
from tidegate.project.source import Source
from tidegate.tree import Tree


@dataclass(frozen=True, slots=True)
class Files:
    """What `checks.files` names, less what `checks.ignore` names. `sources` are its documents by file; those that
    could not be read are in `findings`. `own` knows the places of the project's own files."""

    paths: Sequence[str]
    sources: Mapping[str, Sequence[Source]] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    own: Documents = field(default_factory=Documents)

    def locate(self, file: str, place: Place) -> Location:
        """Where `place` is in any file that was read; the first line of any other."""
        if file in self.own.read or not self.sources.get(file):
            return self.own.locate(file, place)
        return self.sources[file][0].locate(place)


def read_files(tree: Tree, checks: Checks, own: Documents) -> Files:
    """Every document that is checked. Complaints about the project's own files are the loader's."""
    everything = sorted((*tree.paths(), *tree.refused()))
    ignored = {path for pattern in checks.ignore for path in matching(pattern, everything)}
    wanted = {path for pattern in checks.files for path in matching(pattern, everything)} - ignored
    sources: dict[str, Sequence[Source]] = {}
    findings: list[Finding] = []
    for path in sorted(wanted):
        contents = read_documents(tree, path)
        sources[path] = contents.sources
        findings += contents.findings
    return Files(sorted(wanted), sources, findings, own)
