"""Shares with what they may truly be: the Wilson score interval."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from tidegate.model.delivery import Share


def share(part: int, whole: int, *, confidence: float = 0.95) -> Share:
    """`part` of `whole` with the two-sided Wilson score interval, without continuity correction.

    Wilson, E. B. (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    Where `whole` is 0 the share may be anything.
    """
    if not whole:
        return Share(0, 0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate = part / whole
    middle = rate + z * z / (2 * whole)
    reach = z * sqrt(rate * (1 - rate) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    low = 0.0 if part == 0 else (middle - reach) / scale
    high = 1.0 if part == whole else (middle + reach) / scale
    return Share(part, whole, low, high)
