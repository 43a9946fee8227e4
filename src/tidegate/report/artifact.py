"""One component on one device: its files as the device would get them, and where each value came from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

from tidegate import escape
from tidegate.model.artifact import Artifact, Entry, Mark, Part
from tidegate.model.canonical import short
from tidegate.model.place import Location

_LINE = 10_000


class Origin(Protocol):
    """A variable, its value, and the line that had the last word."""

    @property
    def name(self) -> str: ...

    @property
    def value(self) -> Any: ...

    @property
    def where(self) -> Location: ...


def artifact_text(artifact: Artifact) -> str:
    """Every file: a line that says where it goes, then its text. A secret stands as `<secret name v3 | quote>`."""
    lines: list[str] = []
    for entry in artifact.entries:
        lines += [f"{escape.line(entry.target)}  {entry.mode} {escape.line(entry.owner)}:{escape.line(entry.group)}"]
        lines += [f"  {line}".rstrip() for line in _content(entry).split("\n")]
    lines += [f"{escape.line(folder)}  owned: what else is in it is removed" for folder in artifact.gone]
    return "\n".join([*lines, f"artifact {short(artifact.digest)}"])


def origins_text(origins: Iterable[Origin]) -> str:
    """`workers = 4   components/shop/component.yaml:3:8`, one line for each variable."""
    rows = [(escape.line(f"{one.name} = {_value(one.value)}", 60), str(one.where)) for one in origins]
    if not rows:
        return "No variables."
    width = max(len(said) for said, _ in rows)
    return "\n".join(f"{said:<{width}}  {escape.line(where)}" for said, where in rows)


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    return {
        "digest": artifact.digest,
        "files": [
            {
                "target": entry.target,
                "mode": entry.mode,
                "owner": entry.owner,
                "group": entry.group,
                "parts": [_part_json(part) for part in entry.parts],
            }
            for entry in artifact.entries
        ],
        "owned": list(artifact.gone),
    }


def origins_json(origins: Iterable[Origin]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "value": one.value,
            "file": one.where.file,
            "line": one.where.line,
            "column": one.where.column,
        }
        for one in origins
    ]


def _content(entry: Entry) -> str:
    try:
        text = "".join(_shown(part) for part in entry.parts)
    except UnicodeDecodeError:
        size = sum(len(part) for part in entry.parts if isinstance(part, bytes))
        return f"<{size:,} bytes that are no text>"
    return escape.block(text.removesuffix("\n").expandtabs(), _LINE)


def _shown(part: Part) -> str:
    if isinstance(part, bytes):
        return part.decode()
    return mark_text(part)


def mark_text(mark: Mark) -> str:
    """A secret's place, for people."""
    return f"<secret {mark.secret} v{mark.version}{f' | {mark.filter}' if mark.filter else ''}>"


def _part_json(part: Part) -> dict[str, Any]:
    if isinstance(part, Mark):
        return {"secret": part.secret, "version": part.version, "filter": part.filter}
    try:
        return {"text": part.decode()}
    except UnicodeDecodeError:
        import base64

        return {"base64": base64.b64encode(part).decode()}


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
