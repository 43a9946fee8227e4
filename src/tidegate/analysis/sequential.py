"""Wald's sequential test over devices: has this change a tolerable failure rate, an intolerable one, or is it open?

A. Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16 (1945). Every device counts
once. Failures come at once and successes after the soak, so counting them as they come would fail healthy changes:
FAIL is asked as if all that is undecided were well, PASS of what is known to be well, and only at completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from types import MappingProxyType
from typing import Literal, TypeAlias

Sensitivity: TypeAlias = Literal["default", "noisy", "strict", "off"]


class Ruling(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Preset:
    """`p0` and `p1` are failure rates (0..1) that are tolerable and intolerable; `alpha` is the probability that a
    change of rate p0 is failed, `beta` that one of rate p1 is passed."""

    p0: float
    p1: float
    alpha: float
    beta: float

    @property
    def fails_at(self) -> float:
        return log((1 - self.beta) / self.alpha)

    @property
    def passes_at(self) -> float:
        return log(self.beta / (1 - self.alpha))

    def likelihood(self, failed: int, succeeded: int) -> float:
        """Logarithm of how much likelier these counts are at p1 than at p0."""
        return failed * log(self.p1 / self.p0) + succeeded * log((1 - self.p1) / (1 - self.p0))


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "default": Preset(0.01, 0.10, 0.02, 0.10),
        "noisy": Preset(0.02, 0.15, 0.02, 0.10),
        "strict": Preset(0.005, 0.05, 0.01, 0.05),
    }
)


def rule(sensitivity: Sensitivity, *, failed: int, succeeded: int, undecided: int, complete: bool) -> Ruling:
    """What the test says of these devices. PASS only where the wave is `complete`; `off` never decides."""
    preset = PRESETS.get(sensitivity)
    if preset is None:
        return Ruling.UNDECIDED
    if preset.likelihood(failed, succeeded + undecided) >= preset.fails_at:
        return Ruling.FAIL
    if complete and preset.likelihood(failed, succeeded) <= preset.passes_at:
        return Ruling.PASS
    return Ruling.UNDECIDED


def llr(sensitivity: Sensitivity, *, failed: int, succeeded: int) -> str:
    """The log likelihood ratio as decimal text, for the record; `0` where the test is off."""
    preset = PRESETS.get(sensitivity)
    return "0" if preset is None else f"{preset.likelihood(failed, succeeded):.3f}"
