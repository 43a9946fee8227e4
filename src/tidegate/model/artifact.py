"""What one device shall hold of one component: rendered, immutable, known by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from tidegate.model.canonical import Json, digest

Filter: TypeAlias = Literal["", "to_json", "to_yaml", "quote"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A secret's place in a text. Its value comes in memory at stage; only name and version are known."""

    secret: str
    version: int
    filter: Filter = ""


Part: TypeAlias = bytes | Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """One file on the device. `mode` is octal text (`0644`); `parts` joined are its content."""

    target: str
    mode: str
    owner: str
    group: str
    parts: tuple[Part, ...]

    def as_json(self) -> Json:
        parts: list[Json] = [
            {"secret": part.secret, "version": part.version, "filter": part.filter}
            if isinstance(part, Mark)
            else {"sha256": digest(part)}
            for part in self.parts
        ]
        return {"target": self.target, "mode": self.mode, "owner": self.owner, "group": self.group, "parts": parts}


@dataclass(frozen=True)
class Artifact:
    """Files of one component on one device. `gone` are the folders it owns: what is in them and no entry, goes."""

    type: str
    entries: tuple[Entry, ...]
    gone: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """`sha256:<hex>` of the artifact as records.md writes it; contents only as digests, secrets only as marks."""
        entries = [entry.as_json() for entry in sorted(self.entries, key=lambda entry: entry.target)]
        return digest({"v": 1, "type": self.type, "entries": entries, "gone": sorted(self.gone)})
