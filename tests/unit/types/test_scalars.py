"""YAML 1.2 core types, and that every bare word still knows how it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.types.scalars import Plain, comes_out_as_written, core, has_leading_zero, values, written


@pytest.mark.parametrize("said", ["no", "yes", "on", "off", "2:00", "2026-11-23", "1_000", "0b11", "1.2.3", "+", "."])
def test_what_yaml_1_1_would_change_stays_text(said: str) -> None:
    assert core(said) == said


@pytest.mark.parametrize(
    ("said", "value"),
    [
        *[("true", True), ("False", False), ("null", None), ("~", None), ("", None)],
        *[("12", 12), ("-3", -3), ("+4", 4), ("0o17", 15), ("0x1F", 31), ("1.10", 1.1), ("1e3", 1000.0), (".5", 0.5)],
        *[("0644", 644), (".inf", float("inf")), ("-.INF", float("-inf"))],
    ],
)
def test_core_types(said: str, value: object) -> None:
    assert core(said) == value
    assert type(core(said)) is type(value)


@given(st.text(max_size=12) | st.floats(allow_nan=False).map(repr) | st.integers().map(str))
def test_a_bare_scalar_keeps_its_text_whatever_it_means(said: str) -> None:
    kept = written(said)
    assert str(kept) == said
    assert values(kept) == core(said)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: "e" not in repr(number)))
def test_numbers_as_python_writes_them_come_out_as_written(number: float) -> None:
    plain = written(repr(number))
    assert isinstance(plain, Plain)
    assert comes_out_as_written(plain)


@pytest.mark.parametrize("said", ["1.10", "1e3", "0x1F", "0o17", "+1", ".5", "5.", "-0", "1.0e5", ".inf"])
def test_numbers_that_would_change_are_known(said: str) -> None:
    plain = written(said)
    assert isinstance(plain, Plain)
    assert not comes_out_as_written(plain)


def test_a_number_too_long_to_convert_is_text() -> None:
    assert core("9" * 5000) == "9" * 5000


@pytest.mark.parametrize(
    ("said", "has"), [("0644", True), ("-007.5", True), ("0", False), ("0.5", False), ("10", False)]
)
def test_leading_zeros(said: str, has: bool) -> None:
    assert has_leading_zero(said) is has
