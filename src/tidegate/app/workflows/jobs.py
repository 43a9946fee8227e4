"""The jobs of a deploy workflow: who waits for whom, and the `if:` lines that let nobody pass out of turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.project.legs import PLAN, Leg

_NONE_FAILED = (
    "!cancelled() && !contains(needs.*.result, 'failure') && !contains(needs.*.result, 'cancelled') &&",
    "({})",
)


@dataclass(frozen=True, slots=True)
class Job:
    """A leg with its gate: the jobs each of the two needs, and when each runs.

    A job needs every earlier one and reads the outputs of each: whichever ran last says who is next. A job that was
    skipped says nothing and stops nobody; one that failed stops all that follow.
    """

    leg: Leg
    gate_needs: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def gate_if(self) -> str:
        return _when(self.gate_needs, "ask", self.leg.environment)

    @property
    def condition(self) -> str:
        return _when(self.needs, "next", self.leg.name)


def jobs(legs: Sequence[Leg]) -> Iterator[Job]:
    """In their order."""
    earlier: tuple[str, ...] = (PLAN,)
    for leg in legs:
        needs = (*earlier, leg.gate) if leg.gate else earlier
        yield Job(leg, earlier, needs)
        earlier = (*needs, leg.job)


def _when(needs: Sequence[str], output: str, said: str) -> str:
    """`!cancelled()` takes the place of the `success()` that GitHub puts before every other condition: that one is
    false as soon as an earlier job was skipped."""
    word = said.replace("'", "''")
    says = " ||\n".join(f"needs.{job}.outputs.{output} == '{word}'" for job in needs)
    return "\n".join(_NONE_FAILED).format(says)
