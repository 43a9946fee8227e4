"""Any YAML, JSON or TOML file of the repository, for schemas and policies."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NoReturn

from tidegate.errors import UsageError
from tidegate.model.place import Finding, Location
from tidegate.project import nodes
from tidegate.project.builder import Builder
from tidegate.project.source import Source
from tidegate.tree import MissingFile, Tree

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Contents:
    """The documents of one file (YAML may hold several), or why there are none."""

    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_documents(tree: Tree, path: str) -> Contents:
    """The documents of a `.json` or `.toml` file, or of any other name as YAML. Dates are text everywhere."""
    try:
        text = nodes.decode(path, tree.read(path))
        match path.rsplit(".", 1)[-1]:
            case "json":
                return _json(path, text)
            case "toml":
                return _toml(path, text)
            case _:
                return _yaml(path, text)
    except nodes.Unreadable as unreadable:
        return Contents(findings=(unreadable.finding,))
    except UsageError as error:
        rule = "missing-file" if isinstance(error, MissingFile) else "refused-file"
        return Contents(findings=(Finding(rule, error.message, Location(path), fix=error.hint),))


def _yaml(file: str, text: str) -> Contents:
    sources: list[Source] = []
    findings: list[Finding] = []
    with nodes.uncollected():
        for index, root in enumerate(nodes.compose(file, text)):
            builder = Builder(file)  # knows nodes by their `id`, which is unique only while their document is there
            sources.append(Source(file, builder.build(root), text, index))
            findings += builder.findings
    return Contents(tuple(sources), tuple(findings))


def _json(file: str, text: str) -> Contents:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            names = [name for name, _ in items]
            twice.extend(name for name in result if names.count(name) > 1)
        return result

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = Location(file, error.lineno, error.colno)
        return Contents(findings=(Finding("unreadable", f"this is no JSON: {error.msg}", where),))
    except ValueError as error:
        return Contents(findings=(Finding("unreadable", f"this is no JSON: {error}", Location(file)),))
    except RecursionError:
        return Contents(findings=(nodes.too_deep(Location(file)),))
    if _is_too_deep(value):
        return Contents(findings=(nodes.too_deep(Location(file)),))
    # JSON is YAML but for tabs between values, which JSON allows nowhere else: places are found by the YAML walk.
    source = Source(file, value, text.replace("\t", " "))
    return Contents((source,), tuple(_twice(source, twice)))


def _twice(source: Source, names: Sequence[str]) -> Sequence[Finding]:
    if not names:
        return ()
    builder = Builder(source.file)
    try:
        for root in nodes.compose(source.file, source.text):
            builder.build(root)
    except nodes.Unreadable:
        builder.findings.clear()
    where = Location(source.file)
    return builder.findings or [
        Finding("duplicate-key", f"`{name}` stands here twice; one of them would be lost", where) for name in names
    ]


def _toml(file: str, text: str) -> Contents:
    try:
        value = tomllib.loads(text)
    except ValueError as error:  # not only TOMLDecodeError: a number of five thousand digits
        at = _AT.search(str(error))
        where = Location(file, int(at[1]), int(at[2])) if at else Location(file)
        return Contents(findings=(Finding("unreadable", f"this is no TOML: {error}", where),))
    except RecursionError:
        return Contents(findings=(nodes.too_deep(Location(file)),))
    if _is_too_deep(value):
        return Contents(findings=(nodes.too_deep(Location(file)),))
    return Contents((Source(file, _dates_as_text(value), ""),))


def _is_too_deep(value: object) -> bool:
    """Deeper than YAML may be: what comes after recurses."""
    level = [value]
    for _ in range(nodes.MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _dates_as_text(value: object) -> object:
    if isinstance(value, dict):
        return {key: _dates_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
