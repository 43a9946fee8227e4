"""Secrets: from a name to its bytes, on the runner, in memory, when a device is staged."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import yaml

from tidegate.child import allowed, run
from tidegate.errors import UsageError

_COMMAND_SECONDS = 30.0
_WIDE = 2**31


class Definition(Protocol):
    """Where a secret comes from: `kind` is `env`, `file` or `command`, `source` its name, path or text."""

    @property
    def kind(self) -> str: ...

    @property
    def source(self) -> str: ...


class Place(Protocol):
    """Where a secret goes: its name, and the filter that is applied to it."""

    @property
    def secret(self) -> str: ...

    @property
    def filter(self) -> str: ...


class Secrets:
    """The secrets of a project. Each is fetched once, when it is first needed, and shown nowhere.

    Relative paths and commands are taken from `base`. Every method raises UsageError, naming the secret and what to
    do, never a value.
    """

    def __init__(self, definitions: Mapping[str, Definition], environ: Mapping[str, str], base: Path) -> None:
        self._definitions = definitions
        self._environ = environ
        self._base = base
        self._values: dict[str, bytes] = {}

    def value(self, name: str) -> bytes:
        """The bytes of a secret. One line end after a file's or a command's text is not part of it."""
        if name not in self._values:
            self._values[name] = self._fetch(name)
        return self._values[name]

    def fill(self, place: Place) -> bytes:
        """What is written at a mark: the value, filtered as the mark says."""
        value = self.value(place.secret)
        if not place.filter:
            return value
        try:
            return FILTERS[place.filter](value.decode()).encode()
        except UnicodeDecodeError:
            # The exception holds the value: it must not be chained to what is shown.
            raise UsageError(
                f"secret `{place.secret}` is no UTF-8 text, so `{place.filter}` cannot be applied to it",
                hint="Use it in a template without a filter.",
            ) from None

    def _fetch(self, name: str) -> bytes:
        if name not in self._definitions:
            raise UsageError(
                f"there is no secret `{name}`", hint=f"Add to tidegate.yaml: secrets: {{{name}: {{env: VARIABLE}}}}"
            )
        definition = self._definitions[name]
        match definition.kind:
            case "env":
                value = self._environ.get(definition.source, "").encode("utf-8", "surrogateescape")
                todo = f"Set {definition.source}; in a workflow: env: {{{definition.source}: ${{{{ secrets.NAME }}}}}}"
            case "file":
                value, todo = self._file(name, definition.source), f"Fill {definition.source}."
            case _:
                value, todo = self._command(name, definition.source), f"Run it yourself: {definition.source}"
        if not value:
            raise UsageError(f"secret `{name}` is empty ({definition.kind}: {definition.source})", hint=todo)
        return value

    def _file(self, name: str, path: str) -> bytes:
        try:
            return _without_end((self._base / path).read_bytes())
        except OSError as error:
            raise UsageError(
                f"secret `{name}`: cannot read {path}: {error.strerror}", hint="The path is one of the runner."
            ) from error

    def _command(self, name: str, command: str) -> bytes:
        ended = run(
            ["/bin/sh", "-eu", "-c", command],
            timeout=_COMMAND_SECONDS,
            environ=allowed(self._environ),
            cwd=self._base,
        )
        if not ended.well:
            raise UsageError(
                f"secret `{name}`: its command ended with {ended.end.value} {ended.code}",
                hint=f"Run it yourself: {command}",
            )
        return _without_end(ended.stdout)


def to_json(value: object, indent: int | None = None) -> str:
    """JSON, keys in their order, letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def to_yaml(value: object) -> str:
    """YAML that 1.1 and 1.2 readers read alike: every text in double quotes. No line end after it."""
    style = '"' if isinstance(value, str) else None
    text = yaml.dump(value, Dumper=_Dumper, default_style=style, sort_keys=False, allow_unicode=True, width=_WIDE)
    return text.removesuffix("\n").removesuffix("\n...")


def quote(value: object) -> str:
    """One word for a shell."""
    return shlex.quote(str(value))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _quoted(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_Dumper.add_representer(str, _quoted)

FILTERS = {"to_json": to_json, "to_yaml": to_yaml, "quote": quote}
"""The three that may be applied to a secret."""


def _without_end(text: bytes) -> bytes:
    return text.removesuffix(b"\n").removesuffix(b"\r")
