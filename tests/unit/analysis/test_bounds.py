"""Bounds, against SciPy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from tidegate.analysis.bounds import share_text, upper


@given(st.integers(1, 3000).flatmap(lambda of: st.tuples(st.integers(0, min(of - 1, 200)), st.just(of))))
def test_it_is_the_exact_bound(counts: tuple[int, int]) -> None:
    failed, of = counts
    assert upper(failed, of) == pytest.approx(beta.ppf(0.95, failed + 1, of - failed), abs=1e-9)


@pytest.mark.parametrize(("of", "percent"), [(1, 95), (5, 45), (10, 26), (24, 12), (59, 5)])
def test_without_failures_it_is_what_plans_say(of: int, percent: int) -> None:
    assert round(upper(0, of) * 100) == percent


def test_nothing_seen_proves_nothing() -> None:
    assert upper(0, 0) == 1.0
    assert upper(3, 3) == 1.0


@pytest.mark.parametrize(("failed", "of"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(failed: int, of: int) -> None:
    with pytest.raises(ValueError, match="cannot have failed"):
        upper(failed, of)


@pytest.mark.parametrize(
    ("share", "text"), [(0.95, "0.95"), (0.2588655, "0.259"), (1.0, "1"), (0.0, "0"), (0.0001, "0.001")]
)
def test_shares_are_rounded_up(share: float, text: str) -> None:
    assert share_text(share) == text
