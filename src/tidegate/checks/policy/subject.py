"""What a policy is asked about: an input, and where in the user's files it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tidegate.model.place import Location, Place

Kind: TypeAlias = Literal["document", "file", "project", "plan"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One input. `locate` gives the location of a finding's path. `lines_of`: the file of the repository whose lines
    are the input's, empty where it has none. `about`: how people call it."""

    kind: Kind
    value: Mapping[str, Any]
    locate: Callable[[Place], Location]
    about: str
    lines_of: str = ""


def plain(value: object) -> Any:
    """`value` as JSON has it: keys as text, no lone surrogate (the engine crashes), nothing infinite."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    raise AssertionError(f"no value of a document: {type(value).__name__}")
