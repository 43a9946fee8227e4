"""Events as lines of a segment, and back: a codec over the dataclasses of `model.event`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from tidegate.model.canonical import Json, instant, parse_instant
from tidegate.model.event import NAMES, Event, UnknownFact
from tidegate.model.state import HeldKind, Result, State, Step

_NAME_OF = {kind: name for name, kind in NAMES.items()}
_ENUMS: Mapping[tuple[str, str], type[StrEnum]] = {
    ("step", "s"): Step,
    ("step", "to"): State,
    ("held", "kind"): HeldKind,
    ("ended", "result"): Result,
}
_INSTANTS = {"at", "until", "started_at"}


class UnknownDecision(ValueError):
    """A decision of a newer Tidegate: whoever meets it must stop."""


def event_json(event: Event) -> dict[str, Json]:
    """One event as records.md writes it; fields that say nothing are left out."""
    if isinstance(event, UnknownFact):
        return {"e": event.e, "at": instant(event.at), "o": event.o, "k": event.k, **event.fields}
    line: dict[str, Json] = {"e": _NAME_OF[type(event)]}
    for field in fields(event):
        value = getattr(event, field.name)
        if _is_default(field, value):
            continue
        line[field.name.rstrip("_")] = instant(value) if isinstance(value, datetime) else _plain(value)
    return line


def parse_event(line: Mapping[str, Any]) -> Event:
    """The event that `event_json` wrote. ValueError where a field lacks or is odd, `UnknownDecision` for a word
    that is not known and is no fact (facts of a later version are lower-case words marked by `"fact": true`)."""
    name = line.get("e")
    kind = NAMES.get(str(name))
    if kind is None:
        return _unknown(line)
    values: dict[str, Any] = {}
    for field in fields(kind):
        key = field.name.rstrip("_")
        if key in line:
            values[field.name] = _typed(str(name), key, line[key])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"event `{name}` lacks `{key}`")
    return kind(**values)  # type: ignore[no-any-return]


def _unknown(line: Mapping[str, Any]) -> Event:
    if line.get("fact") is not True:
        raise UnknownDecision(f"`{line.get('e')}` is no decision this version knows; a newer Tidegate wrote it")
    rest = {key: value for key, value in line.items() if key not in ("e", "at", "o", "k")}
    return UnknownFact(at=parse_instant(line["at"]), o=line["o"], k=line["k"], e=line["e"], fields=rest)


def _typed(name: str, key: str, value: Any) -> Any:
    if (name, key) in _ENUMS:
        return _ENUMS[name, key](value)
    if key in _INSTANTS and value is not None:
        return parse_instant(value)
    return tuple(value) if isinstance(value, list) else value


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default)
    return field.default_factory is not MISSING and not value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value
