"""Generated cases: fleets, faults, kill points, people and outages, for the laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from spec.case import At, Case, Kill, Later, Spooling
from spec.roll import Play
from tidegate.drivers.faults import FAULTS, Argument

ALL = tuple(FAULTS)
AT_ONCE = ("apply-fails", "activate-fails", "lies", "health-fails", "validate-fails", "reboots-during-apply")
"""Faults that show by the end of VERIFYING."""


@st.composite
def waves(draw: st.DrawFn, most: int = 4) -> tuple[str, ...]:
    """One to three waves of one to `most` devices: d1, d2, ..."""
    sizes = draw(st.lists(st.integers(1, most), min_size=1, max_size=3))
    names = iter(f"d{number}" for number in range(1, sum(sizes) + 1))
    return tuple(" ".join(next(names) for _ in range(size)) for size in sizes)


def fault_words(names: tuple[str, ...] = ALL) -> st.SearchStrategy[str]:
    return st.sampled_from(names).flatmap(_with_argument)


def _with_argument(name: str) -> st.SearchStrategy[str]:
    match FAULTS[name].argument:
        case Argument.NOTHING:
            return st.just(name)
        case Argument.COUNT:
            return st.sampled_from([name, f"{name}:1", f"{name}:2"])
        case Argument.DURATION:
            return st.sampled_from([name, f"{name}:5s", f"{name}:50s", f"{name}:10m", f"{name}:30h"])


kills: st.SearchStrategy[Kill] = st.one_of(
    st.builds(At, st.floats(0.05, 120, allow_nan=False)),
    st.builds(Spooling, st.integers(1, 40), st.booleans()),
)
_SAYINGS: list[Callable[[Play], None]] = [Play.abort, Play.pause, Play.cancel]


@st.composite
def sayings(draw: st.DrawFn) -> tuple[Later, ...]:
    """What people do to it: at most one stop, or a signal to the job."""
    return tuple(draw(st.lists(st.tuples(st.floats(0.05, 200), st.sampled_from(_SAYINGS)), max_size=1)))


@st.composite
def outages(draw: st.DrawFn) -> tuple[Later, ...]:
    """The remote goes away, and comes back; an answer of it is lost."""
    later: list[Later] = []
    if draw(st.booleans()):
        begins = draw(st.floats(0.05, 100))
        lasts = draw(st.sampled_from([1.0, 40.0, 200.0, 1200.0]))
        later += [(begins, Play.lose_remote), (begins + lasts, Play.find_remote)]
    later += [(at, Play.lose_answer) for at in draw(st.lists(st.floats(0.05, 100), max_size=2))]
    return tuple(later)


@st.composite
def cases(
    draw: st.DrawFn,
    /,
    *,
    faults: tuple[str, ...] = ALL,
    most_kills: int = 2,
    people: bool = True,
    outage: bool = True,
    **fixed: Any,
) -> Case:
    """Any case. `fixed` are fields that are not drawn."""
    drawn = draw(waves())
    names = [name for wave in drawn for name in wave.split()]
    words = (
        st.lists(fault_words(faults), min_size=1, max_size=2, unique_by=lambda word: word.partition(":")[0])
        if faults
        else None
    )
    fields: dict[str, Any] = {
        "faults": draw(
            st.dictionaries(
                st.sampled_from(names), words, min_size=draw(st.integers(0, 2)) and min(2, len(names)), max_size=4
            )
        )
        if words is not None
        else {},
        "allowed": draw(st.integers(0, 2)),
        "unreachable": draw(st.integers(0, 2)),
        "parallel": draw(st.integers(1, 4)),
        "soak": draw(st.sampled_from([0, 20, 60, 400])),
        "confirm": draw(st.sampled_from(["soaked", "soaked", "verified"])),
        "on_failure": draw(st.sampled_from(["wave", "rollout", "hold"])),
        "sensitivity": draw(st.sampled_from(["off", "default", "strict"])),
        "approvals": draw(st.integers(0, 2)),
        "kills": tuple(draw(st.lists(kills, max_size=most_kills))),
        "away": draw(st.sampled_from([0.0, 30.0, 700.0])),
        "same_machine": draw(st.booleans()),
        "cut": draw(st.integers(0, 3)),
        "hold": draw(st.sampled_from(["go", "back", "end"])) if people else "end",
        "later": (*(draw(sayings()) if people else ()), *(draw(outages()) if outage else ())),
    }
    return Case(drawn, **{**fields, **fixed})
