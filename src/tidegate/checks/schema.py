"""The team's JSON Schemas on their YAML, JSON and TOML; `$ref` leads to files of the repository and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from tidegate.checks.files import Files
from tidegate.checks.schema_words import said
from tidegate.model.place import Finding, Location
from tidegate.project.any_file import read_documents
from tidegate.project.paths import matching
from tidegate.project.source import Source
from tidegate.tree import Tree

_ROOT = "file:///"
"""Where the repository stands for `$ref`: nothing is ever read from there but through the tree."""


def check_schemas(tree: Tree, files: Files, schemas: Mapping[str, str], project_file: str) -> Iterator[Finding]:
    """Every document against each schema whose pattern takes its file. `schemas`: pattern -> path in `tree`."""
    library = _Library(tree)
    for pattern, path in schemas.items():
        taken = matching(pattern, files.paths)
        if not taken:
            wrong = f"schema {path} is for `{pattern}`, and no checked file is called so"
            yield Finding("schema-unused", wrong, Location(project_file), fix="Is it in `checks.files`?")
        validator = library.validator(path)
        if isinstance(validator, Finding):
            yield validator
            continue
        for source in (source for file in taken for source in files.sources[file]):
            yield from _faults(source, validator, path)


class _Library:
    """Schemas by path, each read and checked once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]
        self._known: dict[str, Validator | Finding] = {}

    def validator(self, path: str) -> Validator | Finding:
        """What checks against this schema, or what is wrong with it."""
        if path not in self._known:
            self._known[path] = self._made(path)
        return self._known[path]

    def _made(self, path: str) -> Validator | Finding:
        contents = read_documents(self._tree, path)
        if contents.findings or len(contents.sources) != 1:
            return next(iter(contents.findings), Finding("schema-broken", "a schema is one document", Location(path)))
        [source] = contents.sources
        schema: Any = source.data
        if not isinstance(schema, dict) or not isinstance(schema.get("$schema", ""), str):
            return Finding("schema-broken", "a schema is a map, and `$schema` a text", Location(path))
        kind = validator_for(schema, default=Draft202012Validator)
        try:
            kind.check_schema(schema)
        except SchemaError as error:
            where = source.locate(tuple(error.absolute_path))
            return Finding("schema-broken", f"this is no JSON Schema: {said(error).message}", where)
        return kind({"$ref": _uri(path)}, registry=self._registry)

    def _retrieve(self, uri: str) -> Resource[Any]:
        """KeyError, which comes back as `Unresolvable`, for all that is no file of the repository."""
        parts = urlsplit(uri)
        path = unquote(parts.path).lstrip("/")
        if parts.scheme != "file" or parts.netloc:
            raise KeyError(uri)
        contents = read_documents(self._tree, path)
        if contents.findings or len(contents.sources) != 1:
            raise KeyError(uri)
        schema: Any = contents.sources[0].data
        return Resource.from_contents(schema, default_specification=DRAFT202012)


def _uri(path: str) -> str:
    return _ROOT + quote(path)


def _faults(source: Source, validator: Validator, path: str) -> Iterator[Finding]:
    document: Any = source.data
    try:
        errors = sorted(validator.iter_errors(document), key=lambda fault: list(map(str, fault.absolute_path)))
    except Unresolvable as error:
        wrong = f"`$ref: {error.ref}` leads to nothing in this repository"
        yield Finding("schema-broken", wrong, Location(path), fix="A `$ref` names a file by its path, from this one's.")
        return
    except re.error as error:
        yield Finding("schema-broken", f"`{error.pattern!s}` is no regular expression: {error.msg}", Location(path))
        return
    except RecursionError:
        yield Finding("schema-broken", f"it goes round in circles on {source.file}", Location(path))
        return
    for fault in errors:
        yield from _findings(source, fault, path)


def _findings(source: Source, error: ValidationError, path: str) -> Iterator[Finding]:
    deepest = best_match([error]) or error
    words = said(deepest)
    place = tuple(deepest.absolute_path)
    for key in words.keys or [None]:
        where = source.locate(place) if key is None else source.locate_key((*place, key))
        message = words.message.replace("{key}", str(key))
        yield Finding("schema", f"{message} ({path}#/{_pointer(deepest)})", where, fix=words.fix)


def _pointer(error: ValidationError) -> str:
    """Where in the schema; every `$ref` on the way counts as if its schema stood there."""
    return "/".join(map(str, error.absolute_schema_path))
