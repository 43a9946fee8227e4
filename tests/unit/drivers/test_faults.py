"""Faults of simulated devices are words of a closed list."""

from __future__ import annotations

from math import inf

import pytest

from tidegate.drivers.faults import FAULTS, Argument, Troubles, parse_fault
from tidegate.errors import DriverError


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("apply-fails", ("apply-fails", inf)),
        ("apply-fails:2", ("apply-fails", 2)),
        ("slow", ("slow", 30)),
        ("slow:2m", ("slow", 120)),
        ("unreachable-after-apply", ("unreachable-after-apply", inf)),
    ],
)
def test_a_fault_says_how_often_or_how_long(word: str, fault: tuple[str, float]) -> None:
    assert parse_fault(word) == fault


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("aply-fails", "did you mean `apply-fails`?"),
        ("", "no simulated device knows"),
        ("slow:2", "is no duration"),
        ("apply-fails:often", "is no number of times"),
        ("apply-fails:-1", "is no number of times"),
        ("unreachable:30s", "nothing follows its name"),
    ],
)
def test_anything_else_is_refused_with_what_there_is(word: str, says: str) -> None:
    with pytest.raises(DriverError) as caught:
        parse_fault(word)
    assert says in caught.value.message
    assert caught.value.hint


def test_what_happens_so_often_is_over_then() -> None:
    troubles = Troubles(["apply-fails:2"])
    assert [troubles.strikes("apply-fails") for _ in range(3)] == [True, True, False]
    assert not troubles.strikes("validate-fails")


def test_a_device_can_be_broken_and_healed() -> None:
    troubles = Troubles()
    troubles.add("unreachable")
    assert "unreachable" in troubles
    troubles.heal("unreachable")
    assert "unreachable" not in troubles


def test_every_fault_says_what_it_means() -> None:
    for name, fault in FAULTS.items():
        assert fault.meaning, name
        assert parse_fault(name) == (name, fault.usual)
        assert fault.argument is not Argument.DURATION or fault.usual > 0
