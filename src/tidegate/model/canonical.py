"""Canonical JSON (RFC 8785), digests and times: the one way anything is hashed or chained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
NONE = "none"
"""The digest of nothing: what was never recorded, or shall not be there."""


def canonical(value: Json) -> bytes:
    """`value` as canonical JSON. There are no floats in anything hashed or chained."""
    return rfc8785.dumps(value)


def digest(value: Json | bytes) -> str:
    """`sha256:<hex>` of bytes, or of the canonical JSON of a value."""
    content = value if isinstance(value, bytes) else canonical(value)
    return "sha256:" + hashlib.sha256(content).hexdigest()


def short(of: str) -> str:
    """The first eight hex digits of a digest, for people."""
    return of.removeprefix("sha256:")[:8]


def instant(at: datetime) -> str:
    """UTC with milliseconds: `2026-11-23T03:00:00.000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse_instant(text: str) -> datetime:
    """The inverse of `instant`; ValueError for anything else without an offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {text}")
    return at.astimezone(UTC)
