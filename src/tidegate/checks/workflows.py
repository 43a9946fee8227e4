"""Workflows that no longer fit: a strategy whose legs have no job, jobs for legs that there are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.model.place import Finding, Location, Place
from tidegate.model.project import Project
from tidegate.project.any_file import read_documents
from tidegate.project.documents import Documents
from tidegate.project.legs import GATE, WORKFLOWS, Leg, legs, main_lane, workflow_file
from tidegate.project.source import Source
from tidegate.tree import Tree

RULE = "workflow-stale"
FIX = "tidegate init --update writes it anew."


def check_workflows(tree: Tree, project: Project, documents: Documents, folder: str) -> Iterator[Finding]:
    """The deploy workflows of the project in `folder` against its strategies. None at all: it is not on GitHub.

    Where there is a workflow for `tidegate approve`, the others need no gates.
    """
    main, there = main_lane(project), set(tree.paths())
    wanted = {f"{WORKFLOWS}/{workflow_file('deploy', name, main, folder)}": name for name in project.strategies}
    others = [path for path in sorted(there) if _is_deploy(path, folder) and path not in wanted]
    if not others and not there & wanted.keys():
        return
    for path in others:
        yield Finding(RULE, "this workflow is for a strategy that there is not", Location(path), fix=FIX)
    asks = f"{WORKFLOWS}/{workflow_file('approve', folder=folder)}" not in there
    for path, name in wanted.items():
        ways = [leg if asks else replace(leg, gate="") for leg in legs(project.strategies[name])]
        if path in there:
            yield from check_workflow(tree, path, ways, secrets_of(project))
        elif any(leg.environment for leg in ways):
            where = documents.locate_key(documents.project_file, ("strategies", name))
            yield Finding(RULE, f"strategy `{name}` has environments and no workflow {path}", where, fix=FIX)


def secrets_of(project: Project) -> Sequence[str]:
    """The variables that a leg needs."""
    return sorted(secret.source for secret in project.secrets.values() if secret.kind == "env")


def check_workflow(tree: Tree, path: str, ways: Sequence[Leg], secrets: Sequence[str]) -> Iterator[Finding]:
    """One file against the legs of its strategy. What else somebody has put into it is theirs."""
    contents = read_documents(tree, path)
    document = contents.sources[0].data if contents.sources else None
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
        where = contents.findings[0].location if contents.findings else Location(path)
        yield Finding(RULE, "this is no workflow with jobs", where, fix=FIX)
        return
    workflow = _Workflow(contents.sources[0], document)
    yield from workflow.strangers(ways)
    before: list[str] = []
    for leg in ways:
        if leg.gate:
            yield from workflow.job(leg, leg.gate, leg.gate_environment, before)
            before.append(leg.gate)
        yield from workflow.job(leg, leg.job, leg.environment, before)
        yield from workflow.without(leg.job, secrets)
        before.append(leg.job)


@dataclass(frozen=True, slots=True)
class _Workflow:
    source: Source
    document: Mapping[str, Any]

    @property
    def jobs(self) -> Mapping[str, Any]:
        jobs: Mapping[str, Any] = self.document["jobs"]
        return jobs

    def job(self, leg: Leg, name: str, environment: str, before: Sequence[str]) -> Iterator[Finding]:
        """Is the job there, in its environment, after all that come before it?"""
        job = self.jobs.get(name)
        if not isinstance(job, dict):
            yield self._find(f"there is no job `{name}` for leg `{leg.name}`", "jobs")
            return
        said = _environment(job.get("environment"))
        if said.lower() != environment.lower():
            wrong = f"job `{name}` is in {_named(said)}, and the strategy says {_named(environment)}"
            yield self._find(wrong, "jobs", name, "environment")
        needs = job.get("needs", [])
        missing = [each for each in before if each not in ([needs] if isinstance(needs, str) else needs or [])]
        if missing:
            wrong = f"job `{name}` does not wait for {', '.join(f'`{each}`' for each in missing)}"
            yield self._find(wrong, "jobs", name, "needs")

    def strangers(self, ways: Sequence[Leg]) -> Iterator[Finding]:
        """Legs and gates that the strategy does not have."""
        known = {name for leg in ways for name in (leg.job, leg.gate)}
        for name, job in self.jobs.items():
            if str(name) not in known and (str(name).startswith(GATE) or any(_is_leg(step) for step in _steps(job))):
                yield self._find(f"job `{name}` is for a leg that the strategy does not have", "jobs", str(name))

    def without(self, name: str, secrets: Sequence[str]) -> Iterator[Finding]:
        """Secrets that the job is not given: there they would be empty."""
        job = self.jobs.get(name)
        if isinstance(job, dict):
            given = {str(key) for part in (self.document, job, *_steps(job)) for key in _map(part.get("env"))}
            for secret in sorted(set(secrets) - given):
                yield self._find(f"job `{name}` is not given the secret {secret}", "jobs", name)

    def _find(self, wrong: str, *place: str) -> Finding:
        at: Place = place
        return Finding(RULE, wrong, self.source.locate_key(at), fix=FIX)


def _is_deploy(path: str, folder: str) -> bool:
    tail = re.escape(workflow_file("deploy", folder=folder).removeprefix("tidegate-deploy"))
    return re.fullmatch(rf"{re.escape(WORKFLOWS)}/tidegate-deploy(?:-[a-z0-9-]+)?{tail}", path) is not None


def _is_leg(step: Mapping[str, Any]) -> bool:
    said = _map(step.get("with"))
    return said.get("command") == "deploy" and bool(said.get("environment"))


def _steps(job: object) -> list[Mapping[str, Any]]:
    steps = _map(job).get("steps")
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _environment(said: object) -> str:
    return str(_map(said).get("name", "")) if isinstance(said, dict) else str(said or "")


def _named(environment: str) -> str:
    return f"environment `{environment}`" if environment else "no environment"
