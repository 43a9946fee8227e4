"""The sequential test, against the table of its design and against its own promises."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from tidegate.analysis.sequential import PRESETS, Ruling, Sensitivity, llr, rule


def ruling(sensitivity: Sensitivity, failed: int, succeeded: int, undecided: int = 0) -> Ruling:
    return rule(sensitivity, failed=failed, succeeded=succeeded, undecided=undecided, complete=True)


@pytest.mark.parametrize(("sensitivity", "clean"), [("default", 24), ("noisy", 17), ("strict", 65)])
def test_so_many_clean_devices_pass(sensitivity: Sensitivity, clean: int) -> None:
    assert ruling(sensitivity, 0, clean) is Ruling.PASS
    assert ruling(sensitivity, 0, clean - 1) is Ruling.UNDECIDED


@pytest.mark.parametrize(
    ("sensitivity", "fails"),
    [("default", (2, 2, 3, 4, 6)), ("noisy", (3, 3, 4, 6, 9)), ("strict", (3, 3, 3, 3, 4))],
)
def test_so_many_failures_fail(sensitivity: Sensitivity, fails: tuple[int, ...]) -> None:
    for of, least in zip((5, 10, 20, 50, 100), fails, strict=True):
        assert ruling(sensitivity, least, of - least) is Ruling.FAIL
        assert ruling(sensitivity, least - 1, of - least + 1) is not Ruling.FAIL


def test_what_is_undecided_speaks_against_fail_and_not_for_pass() -> None:
    assert ruling("default", 3, 0, undecided=0) is Ruling.FAIL
    assert ruling("default", 3, 0, undecided=80) is Ruling.UNDECIDED
    assert ruling("default", 0, 10, undecided=80) is Ruling.UNDECIDED


def test_nothing_passes_before_it_is_complete() -> None:
    assert rule("default", failed=0, succeeded=1000, undecided=0, complete=False) is Ruling.UNDECIDED
    assert rule("default", failed=9, succeeded=1, undecided=0, complete=False) is Ruling.FAIL


def test_off_decides_nothing() -> None:
    assert ruling("off", 50, 0) is Ruling.UNDECIDED
    assert llr("off", failed=50, succeeded=0) == "0"


@pytest.mark.parametrize("of", [50, 100, 200])
def test_a_healthy_change_is_seldom_failed(of: int) -> None:
    """A wave of 1 % failures, all of which come before the first success counts: 0.9, 1.3, 1.1 % in simulation."""
    least = next(
        k for k in range(of) if rule("default", failed=k, succeeded=0, undecided=of - k, complete=False) is Ruling.FAIL
    )
    assert binom.sf(least - 1, of, PRESETS["default"].p0) < PRESETS["default"].alpha


def test_the_record_gets_decimal_text() -> None:
    assert llr("default", failed=1, succeeded=2) == "2.112"
