"""What every map in our files is shaped by: known keys, keys that are not built yet, and faults with a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

FAULT = "tidegate"


class Shape(BaseModel):
    """A map with known keys. `noun` is what it is called; `later` are keys of the format that are not built yet."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    noun: ClassVar[str] = "a map"
    later: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def known(cls) -> list[str]:
        """The keys a user may write."""
        return [field.alias or name for name, field in cls.model_fields.items()]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a value; `at` leads from it to the part that is meant."""

    rule: str
    message: str
    fix: str = ""
    at: tuple[str | int, ...] = ()


def wrong(*faults: Fault) -> PydanticCustomError:
    """What a validator raises. pydantic carries it to where the file is known."""
    return PydanticCustomError(FAULT, "{words}", {"words": faults[0].message, "faults": faults})
