"""What can be wrong with a simulated device, by name: a closed list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from types import MappingProxyType

from tidegate.errors import DriverError
from tidegate.model.value import parse_duration


class Argument(Enum):
    """What may follow a fault's name and a colon: how many times it happens, or seconds as a duration."""

    NOTHING = "nothing"
    COUNT = "count"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Fault:
    """`usual` is the argument where none is written: every time, or so many seconds."""

    meaning: str
    argument: Argument
    usual: float = inf


_N, _C, _D = Argument.NOTHING, Argument.COUNT, Argument.DURATION

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "unreachable": Fault("nothing reaches it", _N),
        "unreachable-after-apply": Fault("once switched, nothing reaches it (for so long)", _D),
        "reconnect-fails": Fault("once switched, no new connection reaches it; one that is open does", _N),
        "answers-lost": Fault("it carries out what it is told; the answer is lost", _C),
        "confirm-lost": Fault("it confirms; the answer is lost", _C, 1),
        "slow": Fault("to apply and to restore take so long", _D, 30),
        "drifts": Fault("somebody changed its files before we come", _N),
        "drifts-after": Fault("somebody changes its files so long after the switch", _D, 30),
        "foreign-transaction": Fault("another project's transaction is open on it", _N),
        "quarantined": Fault("an earlier transaction could not be reverted", _N),
        "no-space": Fault("its disk is full: it cannot stage", _N),
        "not-revertable": Fault("it could not keep what runs: it cannot stage", _N),
        "unsafe-parent": Fault("another user may write a folder above a target: it cannot stage", _N),
        "validate-fails": Fault("its own validation says no", _C),
        "arm-fails": Fault("its dead man's switch cannot be armed", _C),
        "apply-fails": Fault("the switch breaks off half-way", _C),
        "activate-fails": Fault("the activation ends with 1", _C),
        "activate-hangs": Fault("the activation does not end", _C),
        "lies": Fault("it ends with 0, and nothing was switched", _C),
        "reboots-during-apply": Fault("it reboots half-way through the switch", _C),
        "reboots-after": Fault("it reboots so long after the switch", _D, 30),
        "health-fails": Fault("with the change, its probes fail", _C),
        "health-fails-after": Fault("with the change, its probes fail from then on", _D, 30),
        "revert-fails": Fault("it cannot restore what ran before", _C),
    }
)


class Troubles:
    """The faults of one device."""

    __slots__ = ("_left",)

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._left = dict(map(parse_fault, words))

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def left(self, name: str, without: float = 0.0) -> float:
        """Its seconds, or how often it still happens; `without` where the device does not have it."""
        return self._left.get(name, without)

    def strikes(self, name: str) -> bool:
        """Does it happen now? Counts, for a fault that happens only so many times."""
        left = self._left.get(name, 0)
        if left >= 1:
            self._left[name] = left - 1
        return left >= 1

    def add(self, word: str) -> None:
        name, number = parse_fault(word)
        self._left[name] = number

    def heal(self, name: str) -> None:
        self._left.pop(name, None)


def parse_fault(word: str) -> tuple[str, float]:
    """A fault as users write it: `apply-fails`, `apply-fails:1`, `slow:2m`. DriverError for what is none."""
    name, colon, said = word.partition(":")
    fault = FAULTS.get(name)
    if fault is None:
        near = difflib.get_close_matches(name, FAULTS, n=1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        raise DriverError(f"no simulated device knows the fault `{name}`{meant}", hint=f"Known: {' '.join(FAULTS)}")
    if not colon:
        return name, fault.usual
    match fault.argument:
        case Argument.COUNT if said.isdecimal():
            return name, int(said)
        case Argument.DURATION:
            try:
                return name, parse_duration(said)
            except ValueError as error:
                raise DriverError(f"the fault `{word}`: {error}", hint=f"Write for example {name}:30s") from error
        case Argument.COUNT:
            raise DriverError(f"the fault `{word}`: `{said}` is no number of times", hint=f"Write {name}:1")
        case Argument.NOTHING:
            raise DriverError(f"the fault `{word}`: nothing follows its name", hint=f"Write {name}")
