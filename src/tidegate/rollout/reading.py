"""A device's answer, and what else is known, become the step it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tidegate.model.answer import Answer
from tidegate.model.state import State
from tidegate.rollout.facts import Facts, Move
from tidegate.rollout.homeward import read_reverting, read_unknown
from tidegate.rollout.standing import Standing
from tidegate.rollout.upward import (
    read_applying,
    read_confirmed,
    read_confirming,
    read_pending,
    read_preflight,
    read_soaking,
    read_verifying,
)

_READERS: Mapping[State, Callable[[Standing, Facts, Answer | None], Move | None]] = MappingProxyType(
    {
        State.PENDING: read_pending,
        State.PREFLIGHT: read_preflight,
        State.APPLYING: read_applying,
        State.VERIFYING: read_verifying,
        State.SOAKING: read_soaking,
        State.CONFIRMING: read_confirming,
        State.CONFIRMED: read_confirmed,
        State.UNKNOWN: read_unknown,
        State.REVERTING: read_reverting,
    }
)


def reading(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    """The step that follows, or None: nothing does. `answer` None: nothing was asked, time or others moved.

    Rows are those of the design's table (docs/reference/states.md shows it).
    """
    reader = _READERS.get(standing.state)
    return None if reader is None else reader(standing, facts, answer)
