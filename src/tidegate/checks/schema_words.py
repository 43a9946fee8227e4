"""What is wrong with a value by a JSON Schema, in the words of the other findings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tidegate.types.fields import nearest

Error: TypeAlias = Any
"""A ValidationError or SchemaError of jsonschema: what its types leave open is settled by the validator's name."""

_LONG = 60
_KNOWN = 12


@dataclass(frozen=True, slots=True)
class Words:
    """`keys`: keys of the value that are wrong; then `{key}` in `message` stands for each."""

    message: str
    fix: str = ""
    keys: tuple[str, ...] = ()


def said(error: Error) -> Words:
    """The words for one error; those of the schema's library where we have none."""
    make = _WORDS.get(str(error.validator))
    return make(error) if make else Words(_short(error.message))


def _type(error: Error) -> Words:
    wanted = error.validator_value
    kinds = wanted if isinstance(wanted, list) else [wanted]
    return Words(f"{_shown(error.instance)} is no {' and no '.join(map(str, kinds))}")


def _required(error: Error) -> Words:
    missing = [f"`{key}`" for key in error.validator_value if key not in error.instance]
    return Words(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing here")


def _additional(error: Error) -> Words:
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    known = sorted(schema.get("properties", {}))
    strange = [key for key in error.instance if key not in known]
    if schema.get("patternProperties") or error.validator_value is not False:
        return Words(_short(error.message))
    message = "`{key}` is no key here"
    if len(strange) == 1:
        message += nearest(strange[0], known)
    return Words(message, f"known: {' '.join(known[:_KNOWN])}" if known else "", tuple(strange))


def _enum(error: Error) -> Words:
    allowed = [value if isinstance(value, str) else json.dumps(value) for value in error.validator_value]
    near = nearest(error.instance, allowed) if isinstance(error.instance, str) else ""
    return Words(f"{_shown(error.instance)} is none of the values here{near}", f"known: {' '.join(allowed[:_KNOWN])}")


def _const(error: Error) -> Words:
    return Words(f"{_shown(error.instance)} must be {_shown(error.validator_value)}")


def _pattern(error: Error) -> Words:
    return Words(f"{_shown(error.instance)} does not match `{_short(str(error.validator_value))}`")


def _bound(words: str) -> Callable[[Error], Words]:
    return lambda error: Words(f"{_shown(error.instance)} is {words} {_shown(error.validator_value)}")


def _size(words: str) -> Callable[[Error], Words]:
    return lambda error: Words(f"this is {words} {error.validator_value}; it has {len(error.instance)}")


_WORDS: Mapping[str, Callable[[Error], Words]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _bound("less than"),
    "maximum": _bound("more than"),
    "exclusiveMinimum": _bound("not more than"),
    "exclusiveMaximum": _bound("not less than"),
    "minLength": _size("shorter than"),
    "maxLength": _size("longer than"),
    "minItems": _size("fewer than"),
    "maxItems": _size("more than"),
}


def _shown(value: object) -> str:
    match value:
        case dict():
            return "a map"
        case list():
            return "a list"
        case str():
            return f"`{_short(value)}`"
        case _:
            return f"`{_short(json.dumps(value))}`"


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
