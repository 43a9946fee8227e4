"""One of our own files: one YAML document, read strictly."""

from __future__ import annotations

from tidegate.errors import UsageError
from tidegate.model.place import Finding, Location
from tidegate.project import nodes
from tidegate.project.builder import OwnBuilder
from tidegate.project.source import Source
from tidegate.tree import MissingFile, Tree


def read_own(tree: Tree, file: str) -> tuple[Source | None, list[Finding]]:
    """The document in `file`, and what is wrong with how it is written. No source: it cannot be read at all."""
    try:
        with nodes.uncollected():
            return _read(file, nodes.decode(file, tree.read(file)))
    except nodes.Unreadable as unreadable:
        return None, [unreadable.finding]
    except UsageError as error:
        rule = "missing-file" if isinstance(error, MissingFile) else "refused-file"
        return None, [Finding(rule, error.message, Location(file), fix=error.hint)]


def _read(file: str, text: str) -> tuple[Source, list[Finding]]:
    roots = list(nodes.compose(file, text))
    builder = OwnBuilder(file)
    if len(roots) > 1 and roots[1] is not None:
        builder.find("several-documents", "a second document begins here; a file holds one", roots[1])
    return Source(file, builder.build(roots[0] if roots else None), text), builder.findings
