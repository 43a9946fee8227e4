"""A share comes with what it may truly be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tidegate.metrics.share import share


@given(st.integers(1, 2000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_interval_is_scipys_wilson_interval(counts: tuple[int, int]) -> None:
    part, whole = counts
    theirs = binomtest(part, whole).proportion_ci(confidence_level=0.95, method="wilson")
    ours = share(part, whole)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_of_nothing_there_is_no_share_and_it_may_be_anything() -> None:
    nothing = share(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, 1.0)


def test_the_ends_are_ends() -> None:
    assert share(0, 7).low == 0.0
    assert share(7, 7).high == 1.0
