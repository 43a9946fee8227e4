"""What a number of devices can prove: exact bounds on a failure rate.

C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934).
"""

from __future__ import annotations

from math import ceil, exp, fsum, lgamma, log, log1p

CONFIDENCE = 0.95
_DIGITS = 1000
_CLOSE = 1e-13


def upper(failed: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided exact upper bound (0..1) on the failure rate after `failed` of `of` devices failed.

    Without failures it is `1 - (1 - confidence) ** (1 / of)`; without devices, or where all failed, 1.
    ValueError for counts that cannot be.
    """
    if not 0 <= failed <= of:
        raise ValueError(f"{failed} of {of} cannot have failed")
    if failed == of:
        return 1.0
    low, high = failed / of, 1.0
    while high - low > _CLOSE:
        middle = (low + high) / 2
        if _at_most(failed, of, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def share_text(share: float) -> str:
    """A share (0..1) as decimal text of at most three digits, rounded up: a bound may not look better than it is."""
    rounded = min(1.0, ceil(share * _DIGITS - _CLOSE * _DIGITS * 10) / _DIGITS)
    return f"{rounded:.3f}".rstrip("0").rstrip(".")


def _at_most(failed: int, of: int, rate: float) -> float:
    """Probability of at most `failed` failures among `of` devices."""
    if rate >= 1.0:
        return 0.0
    whole = lgamma(of + 1)
    return fsum(
        exp(whole - lgamma(k + 1) - lgamma(of - k + 1) + k * log(rate) + (of - k) * log1p(-rate))
        for k in range(failed + 1)
    )
