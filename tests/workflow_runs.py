"""A written workflow, run on paper: which jobs start, given what each of them would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from expressions import Run, Scope, holds, read
from small_project import project_of, tree_of
from tidegate.app.workflows.settings import Settings
from tidegate.app.workflows.writing import workflows

THREE = """\
tidegate: 1
defaults: {driver: local, local: {root: "devices/{{ device.name }}"}}
secrets: {password: {env: PASSWORD}}
strategies:
  default:
    waves:
      - {name: staging, select: env=staging, environment: staging}
      - {name: canary, select: env=production, up_to: 1, environment: canary, approvals: 1}
      - {name: everyone, environment: production, approvals: 1}
"""
DEPLOY = ".github/workflows/tidegate-deploy.yml"


def written(tidegate: str = THREE, **settings: Any) -> Mapping[str, str]:
    """All workflows of a project with this tidegate.yaml."""
    return workflows(project_of(tree_of(tidegate=tidegate)), "", Settings(ref="a" * 40, **settings))


def jobs_of(text: str) -> Mapping[str, Any]:
    jobs: Mapping[str, Any] = yaml.safe_load(text)["jobs"]
    return jobs


@dataclass(frozen=True)
class Said:
    """How a job ended, and what it put out."""

    result: str = "success"
    outputs: Mapping[str, str] = field(default_factory=dict)


Answer: TypeAlias = Callable[[str], Said]


@dataclass(frozen=True)
class Paper:
    """The jobs of a workflow in their order. GitHub starts one when all that it needs have ended or were skipped."""

    needs: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Run | None]

    @classmethod
    def of(cls, text: str) -> Paper:
        jobs = jobs_of(text)
        needs = {name: tuple(job.get("needs", ())) for name, job in jobs.items()}
        assert all(set(wanted) <= set(list(needs)[:at]) for at, wanted in enumerate(needs.values())), "not in order"
        return cls(needs, {name: read(job["if"]) if "if" in job else None for name, job in jobs.items()})

    def starts(self, job: str, ended: Mapping[str, Said], *, cancelled: bool = False) -> bool:
        """`ended` holds every job before this one; those skipped as `Said("skipped")`."""
        contexts = {name: {"result": ended[name].result, "outputs": ended[name].outputs} for name in self.needs[job]}
        condition = self.conditions[job]
        if condition is None:  # GitHub's own: success()
            return not cancelled and all(each["result"] == "success" for each in contexts.values())
        return holds(condition, Scope({"needs": contexts}, cancelled))

    def run(self, answer: Answer, *, cancelled_before: str = "") -> dict[str, Said]:
        """All jobs in turn; from `cancelled_before` on the run counts as cancelled."""
        ended: dict[str, Said] = {}
        cancelled = False
        for job in self.needs:
            cancelled = cancelled or job == cancelled_before
            ended[job] = answer(job) if self.starts(job, ended, cancelled=cancelled) else Said("skipped")
        return ended

    def every_run(self, choices: Callable[[str], list[Said]]) -> Iterator[dict[str, Said]]:
        """Every run that there can be, where a job that starts ends in any of its `choices`."""
        yield from self._from(list(self.needs), {}, choices)

    def _from(
        self, left: list[str], ended: dict[str, Said], choices: Callable[[str], list[Said]]
    ) -> Iterator[dict[str, Said]]:
        if not left:
            yield ended
            return
        job, *rest = left
        for said in choices(job) if self.starts(job, ended) else [Said("skipped")]:
            yield from self._from(rest, {**ended, job: said}, choices)
