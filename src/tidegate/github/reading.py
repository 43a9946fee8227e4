"""Takes single values out of GitHub's JSON: of the type that is promised, or it says what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tidegate.github.trouble import Unreadable


def at(body: object, *path: str) -> Any:
    """What stands at a path of names; None where something on the way is missing or null."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def text(body: object, *path: str) -> str:
    """A text; empty where it is missing or null."""
    value = at(body, *path)
    if value is not None and not isinstance(value, str):
        raise _wrong(path, "text")
    return value or ""


def number(body: object, *path: str) -> int:
    value = at(body, *path)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(path, "whole number")
    return value


def flag(body: object, *path: str) -> bool:
    """Is it true? What is missing is not."""
    return at(body, *path) is True


def moment(body: object, *path: str) -> datetime | None:
    """A time, in UTC; None where it is missing or null."""
    said = text(body, *path)
    if not said:
        return None
    try:
        return datetime.fromisoformat(said).astimezone(UTC)
    except ValueError:
        raise _wrong(path, "time") from None


def entries(body: object, *path: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; none where it is missing or null."""
    value = at(body, *path) if path else body
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _wrong(path, "list of objects")
    yield from value


def _wrong(path: tuple[str, ...], kind: str) -> Unreadable:
    return Unreadable(f"GitHub's answer has no {kind} at `{'.'.join(path)}`", hint="Is GITHUB_API_URL right?")
