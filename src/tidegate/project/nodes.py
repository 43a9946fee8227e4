"""YAML text to nodes: PyYAML's C parser inside bounds, every complaint a finding with its place."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

import yaml
from yaml._yaml import CParser

from tidegate.model.place import Finding, Location

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 2_000_000
_EXPANSION = (10, 10_000)
"""With aliases resolved a document may have ten times its nodes and ten thousand more."""

_NO_TAG = ""
_TRAP = re.compile(r"(?:^|[:\-,\[]\s+)((?:\{\{|[%@`*&!>|]).*?)(?:\s+#.*)?$")


class Unreadable(Exception):
    """How a document ends that cannot be read; never leaves this room."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Composer(CParser):
    """Nodes without PyYAML's types: a tag is what was written, or empty. Counts depth, for C recurses without end."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self._file = file
        self._depth = 0
        self._count = 0

    def resolve(self, kind: type[yaml.Node], value: object, implicit: object) -> str:
        return _NO_TAG

    def descend_resolver(self, parent: yaml.Node | None, index: object) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_NODES:
            where = Location(self._file) if parent is None else spot(self._file, parent.start_mark)
            raise Unreadable(too_deep(where) if self._count <= MAX_NODES else _too_many(where))

    def ascend_resolver(self) -> None:
        self._depth -= 1


def too_deep(where: Location) -> Finding:
    return Finding("too-large", f"it is nested deeper than {MAX_DEPTH} levels", where, fix="Make it flatter.")


def _too_many(where: Location) -> Finding:
    return Finding("too-large", f"it has more than {MAX_NODES:,} values", where, fix="Split it into several files.")


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside: a document of ten thousand devices is read four times as fast."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def decode(file: str, content: bytes) -> str:
    """UTF-8 text within bounds; Unreadable otherwise."""
    if len(content) > MAX_BYTES:
        wrong = f"it has {len(content):,} bytes; {MAX_BYTES:,} is the most"
        raise Unreadable(Finding("too-large", wrong, Location(file), fix="Split it into several files."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        where = Location(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise Unreadable(Finding("unreadable", "this is not UTF-8", where, fix="Save the file as UTF-8.")) from error
    if "\0" in text:
        before_nul = text[: text.index("\0")]
        where = Location(file, before_nul.count("\n") + 1, len(before_nul) - before_nul.rfind("\n"))
        raise Unreadable(Finding("unreadable", "a NUL byte in a text file", where, fix="Is this a binary file?"))
    return text


def compose(file: str, text: str) -> Iterator[yaml.Node | None]:
    """The root of each document; None for an empty one. Unreadable where it cannot be read."""
    try:
        composer = _Composer(text, file)
        while composer.check_node():
            root = composer.get_node()
            if root is not None and "*" in text:
                _bound_aliases(file, root)
            yield root
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_complaint(file, text, error)) from error
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="replace")
        where = Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Unreadable(Finding("unreadable", f"this is no YAML: {_one_line(error.reason)}", where)) from error


def spot(file: str, mark: yaml.Mark) -> Location:
    return Location(file, mark.line + 1, mark.column + 1)


def span(file: str, node: yaml.Node) -> Location:
    """Where a node stands. Its end (the column after it) only where it ends on the line on which it begins."""
    start, end = node.start_mark, node.end_mark
    if _is_closed(node) and end.line == start.line and end.column > start.column:
        return Location(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    return spot(file, start)


def _is_closed(node: yaml.Node) -> bool:
    """Does it end where its last character is? Blocks end where the next thing begins."""
    if isinstance(node, yaml.ScalarNode):
        return node.style not in ("|", ">")
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _bound_aliases(file: str, root: yaml.Node) -> None:
    """Refuses documents that aliases blow up or make too deep, and those that hold themselves."""
    known: dict[int, tuple[int, int]] = {}
    unfinished = (0, 0)

    def extent(node: yaml.Node) -> tuple[int, int]:
        """How many values, how many levels."""
        if isinstance(node, yaml.ScalarNode):
            return 1, 1
        found = known.get(id(node))
        if found == unfinished:
            raise Unreadable(Finding("too-large", "an alias stands inside its own anchor", spot(file, node.start_mark)))
        if found is None:
            known[id(node)] = unfinished
            inner = [extent(child) for child in children(node)]
            levels = 1 + max((deep for _, deep in inner), default=0)
            if levels > MAX_DEPTH:
                raise Unreadable(too_deep(spot(file, node.start_mark)))
            found = known[id(node)] = 1 + sum(size for size, _ in inner), levels
        return found

    total, _ = extent(root)
    written = sum(1 + sum(1 for _ in children(node)) for node in _collections(root))
    factor, more = _EXPANSION
    if total > factor * written + more:
        wrong = f"its aliases make {total:,} values of {written:,}"
        raise Unreadable(
            Finding("too-large", wrong, spot(file, root.start_mark), fix="Write it out with fewer aliases.")
        )


def _collections(root: yaml.Node) -> Iterator[yaml.Node]:
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.CollectionNode) and id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting.extend(children(node))


def _complaint(file: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    where = Location(file) if mark is None else spot(file, mark)
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return Finding("unreadable", f"this is no YAML: {_one_line(words)}", where, fix=_quoting(text, where.line))


def _quoting(text: str, line: int) -> str:
    """What to do where YAML took a sign of its own for what was meant as text."""
    lines = text.splitlines()[max(0, line - 2) : line]
    trap = next((found[1] for written in reversed(lines) if (found := _TRAP.search(written))), "")
    trap = trap if trap.startswith("{{") else trap.rstrip("]},")
    return f"`{trap[0]}` has a meaning in YAML: if `{trap}` is text, quote it." if trap else ""


def _one_line(words: str) -> str:
    return " ".join(words.split())
