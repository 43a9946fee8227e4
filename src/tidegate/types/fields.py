"""The values of our files: from a scalar as it was written to what it means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tidegate.model.canonical import parse_instant
from tidegate.model.value import Amount, parse_duration
from tidegate.types.scalars import Plain, comes_out_as_written, values
from tidegate.types.shape import Fault, wrong

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}")
_YEAR = 366 * 24 * 3600
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def kind(value: object) -> str:
    """What stands there, in words."""
    if value is None or (isinstance(value, Plain) and value.value is None):
        return "nothing"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return f"`{value}`" if isinstance(value, Plain) else f"the text `{value}`"


def text(value: object) -> str:
    """Any scalar, as written; not nothing."""
    if not isinstance(value, str) or (isinstance(value, Plain) and value.value is None):
        raise wrong(Fault("wrong-kind", f"a text is expected here, found {kind(value)}"))
    if not value.strip():
        raise wrong(Fault("bad-value", "this text is empty"))
    if _CONTROL.search(value):
        raise wrong(Fault("bad-value", "this text has control characters"))
    return str(value)


def line(value: object) -> str:
    """A text of one line."""
    said = text(value)
    if "\n" in said:
        raise wrong(Fault("bad-value", "this is one line, not several"))
    return said


def _matching(pattern: re.Pattern[str], rules: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        said = text(value)
        if not pattern.fullmatch(said):
            raise wrong(Fault("bad-name", f"`{said}` is no name: {rules}, at most 63"))
        return said

    return check


name = _matching(_NAME, "a-z, 0-9 and -, beginning with a letter or digit")
"""Checks the name of anything but a device."""


def _parsed(parse: Callable[[str], Any]) -> Callable[[object], Any]:
    """A text for which `parse` says in a ValueError what is wrong."""

    def check(value: object) -> Any:
        said = text(value)
        try:
            return parse(said)
        except ValueError as error:
            raise wrong(Fault("bad-value", str(error))) from error

    return check


def _instant(said: str) -> datetime:
    try:
        return parse_instant(said)
    except ValueError as error:
        raise ValueError(f"`{said}` is no instant with an offset: write 2026-12-18T16:00+01:00") from error


def _seconds(said: str) -> int:
    seconds = parse_duration(said)
    if seconds > _YEAR:
        raise ValueError(f"`{said}` is longer than a year")
    return seconds


def _positive(said: str) -> int:
    seconds = _seconds(said)
    if seconds <= 0:
        raise ValueError(f"`{said}` is no time at all: write at least 1s")
    return seconds


def flag(value: object) -> bool:
    if isinstance(value, Plain) and isinstance(value.value, bool):
        return value.value
    raise wrong(Fault("wrong-kind", f"true or false is expected here, found {kind(value)}"))


def whole(least: int, most: int) -> Callable[[object], int]:
    """A whole number between two bounds, both allowed."""

    def check(value: object) -> int:
        number = value.value if isinstance(value, Plain) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise wrong(Fault("wrong-kind", f"a whole number is expected here, found {kind(value)}"))
        if not least <= number <= most:
            raise wrong(Fault("bad-value", f"{number} is out of bounds: from {least} to {most}"))
        return number

    return check


def choice(words: Sequence[str], later: Sequence[str] = ()) -> Callable[[object], str]:
    """One of `words`; those in `later` belong to the format and are not built yet."""

    def check(value: object) -> str:
        said = text(value)
        if said in words:
            return said
        known = f"known: {' '.join(words)}"
        if said in later:
            raise wrong(Fault("not-built", f"`{said}` is not built yet", known))
        raise wrong(Fault("unknown-value", f"`{said}` is none of {', '.join(words)}{nearest(said, words)}", known))

    return check


def nearest(word: str, words: Sequence[str]) -> str:
    """`; did you mean ...?`, or nothing where nothing is near."""
    found = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean `{found[0]}`?" if found else ""


def texts(value: object) -> tuple[str, ...]:
    """A text, or a list of them: commands run one after another."""
    return tuple(each(value, text))


def each(value: object, check: Callable[[object], Any]) -> list[Any]:
    """One value or a list of them, each checked; the faults of all."""
    items = value if isinstance(value, list) else [value]
    done: list[Any] = []
    faults: list[Fault] = []
    for index, item in enumerate(items):
        try:
            done.append(check(item))
        except PydanticCustomError as error:
            faults += [
                Fault(fault.rule, fault.message, fault.fix, (index,)) for fault in (error.context or {})["faults"]
            ]
    if faults:
        raise wrong(*faults)
    return done


def variables(value: object) -> dict[str, Any]:
    """Anything by name. A bare number that a template would not print as it is written is a fault."""
    if not isinstance(value, dict):
        raise wrong(Fault("wrong-kind", f"a map is expected here, found {kind(value)}"))
    odd = [
        Fault("number-changes", f"`{plain}` would come out as `{plain.value}`", f'Quote it: "{plain}"', at)
        for at, plain in _plains(value, ())
        if not comes_out_as_written(plain)
    ]
    if odd:
        raise wrong(*odd)
    plain_values = values(value)
    return plain_values if isinstance(plain_values, dict) else {}


def _plains(tree: object, at: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Plain]]:
    if isinstance(tree, Plain):
        return [(at, tree)]
    if isinstance(tree, dict):
        return [found for key, value in tree.items() for found in _plains(value, (*at, key))]
    if isinstance(tree, list):
        return [found for index, value in enumerate(tree) for found in _plains(value, (*at, index))]
    return []


_DURATION_SCHEMA = {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "examples": ["90s", "15m", "1h30m"]}
_SCALAR = {"type": ["string", "number", "boolean"]}

Text: TypeAlias = Annotated[str, PlainValidator(text), WithJsonSchema(_SCALAR)]
Line: TypeAlias = Annotated[str, PlainValidator(line), WithJsonSchema(_SCALAR)]
Name: TypeAlias = Annotated[
    str,
    PlainValidator(name),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"}),
]
DeviceName: TypeAlias = Annotated[
    str,
    PlainValidator(_matching(_DEVICE, "letters, digits, `.`, `_` and -, beginning with a letter or digit")),
    WithJsonSchema({"type": "string", "pattern": f"^{_DEVICE.pattern}$"}),
]
LabelName: TypeAlias = Annotated[
    str,
    PlainValidator(_matching(_LABEL, "letters, digits, `.`, `_`, `/` and -, beginning with a letter or digit")),
    WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"}),
]
Seconds: TypeAlias = Annotated[int, PlainValidator(_parsed(_seconds)), WithJsonSchema(_DURATION_SCHEMA)]
SomeSeconds: TypeAlias = Annotated[int, PlainValidator(_parsed(_positive)), WithJsonSchema(_DURATION_SCHEMA)]
Devices: TypeAlias = Annotated[
    Amount,
    PlainValidator(_parsed(Amount.parse)),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\d+%?$", "examples": [3, "5%"]}),
]
Instant: TypeAlias = Annotated[
    datetime,
    PlainValidator(_parsed(_instant)),
    WithJsonSchema({"type": "string", "examples": ["2026-12-18T16:00+01:00"]}),
]
Flag: TypeAlias = Annotated[bool, PlainValidator(flag), WithJsonSchema({"type": "boolean"})]
Commands: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Variables: TypeAlias = Annotated[dict[str, Any], PlainValidator(variables), WithJsonSchema({"type": "object"})]
