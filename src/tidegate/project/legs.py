"""The legs of a strategy as jobs of a workflow: their ids, environments and gates, and the names of the files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.model.project import Project, Strategy
from tidegate.rollout.waves import legs_of

WORKFLOWS = ".github/workflows"
PLAN, SETTLE = "plan", "settle"
GATE = "approve-"
_OTHERS = re.compile(r"[^A-Za-z0-9_-]")
_TAKEN = re.compile(r"[0-9-]|(?:plan|settle)$|approve-|leg-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leg:
    """One job: the waves of one environment. `job` is its id; `gate` that of the job before it, or "".

    A leg whose waves want approvals and that has no environment has no gate: it waits for `tidegate approve`.
    """

    name: str
    environment: str
    job: str
    gate: str

    @property
    def gate_environment(self) -> str:
        """The GitHub environment whose reviewers are asked; it holds no secret."""
        return f"{self.environment}-approval" if self.gate else ""


def legs(strategy: Strategy) -> tuple[Leg, ...]:
    """The legs, in their order. Ids of jobs are unique, and never those of the jobs around them."""
    found: list[Leg] = []
    names = legs_of(strategy.waves)
    for name in dict.fromkeys(names):
        wave = strategy.waves[names.index(name)]
        job = _job(name, [leg.job for leg in found])
        gate = GATE + job if wave.environment and wave.approvals.count else ""
        found.append(Leg(name, wave.environment, job, gate))
    return tuple(found)


def _job(name: str, others: Sequence[str]) -> str:
    """GitHub takes letters, digits, `-` and `_`, a letter or `_` first, and no difference between `A` and `a`."""
    said = _OTHERS.sub("-", name)
    job = said = f"leg-{said}" if _TAKEN.match(said) else said
    number = 1
    while job.lower() in (other.lower() for other in others):
        number += 1
        job = f"{said}-{number}"
    return job


def main_lane(project: Project) -> str:
    """The strategy that is meant where none is named: `default`, or the only one. "" where there is neither."""
    if "default" in project.strategies or len(project.strategies) != 1:
        return "default" if "default" in project.strategies else ""
    return next(iter(project.strategies))


def workflow_file(kind: str, strategy: str = "", main: str = "", folder: str = "") -> str:
    """The name of a workflow's file: `workflow_file("deploy", "patches", main_lane(project))`.

    `kind` is deploy, rollback, wake, approve or validate; the first two have one for each strategy. `folder` is the
    project's below the repository's root.
    """
    lane = f"-{strategy}" if strategy and strategy != main else ""
    project = "." + _OTHERS.sub("-", folder) if folder else ""
    return f"tidegate-{kind}{lane}{project}.yml"


def validate_job(folder: str = "") -> str:
    """The job that calls our validate workflow: projects of one repository must not answer to one name."""
    return "validate-" + _OTHERS.sub("-", folder) if folder else "validate"


def required_check(folder: str = "") -> str:
    """What GitHub calls the job that a pull request must pass: the one that calls, and the one that is called."""
    return f"{validate_job(folder)} / validate"
