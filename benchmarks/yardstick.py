"""How fast this machine is just now: bars in seconds are those of one machine, and mean nothing on another."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import cache

REFERENCE = 0.36
"""CPU seconds that the work below takes on the machine whose seconds the bars are."""
_ROUNDS = 5


@dataclass(frozen=True)
class _Thing:
    name: str
    number: int


@cache
def slowness() -> float:
    """How many times as long as there Python's everyday work takes here: 2 on a machine that is half as fast.

    The quickest of a few rounds, CPU time. Never below 1: a bar is not raised for those who have a faster machine.
    """
    return max(1.0, min(_round() for _ in range(_ROUNDS)) / REFERENCE)


def _round() -> float:
    begun = time.process_time()
    things = {f"device-{number}": _Thing(f"device-{number}", number) for number in range(60_000)}
    for _ in range(4):
        things = {name: replace(thing, number=thing.number + 1) for name, thing in sorted(things.items())}
    json.loads(json.dumps({name: [thing.number] for name, thing in things.items()}))
    return time.process_time() - begun
