"""Runs of workflows: what started one, its jobs, and who approved its environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tidegate.github.answer import Call
from tidegate.github.library import Library, some, there
from tidegate.github.reading import entries, moment, number, text
from tidegate.github.wire import Wire, part

if TYPE_CHECKING:
    from github.Repository import Repository
    from github.WorkflowJob import WorkflowJob

_NEEDS = "actions: read"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow. `path` is the workflow's file; `by` started this attempt, `actor` the first."""

    id: int
    attempt: int
    event: str
    head: str
    branch: str
    path: str
    status: str
    conclusion: str
    actor: str
    by: str
    created: datetime | None
    started: datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person said of environments of a run. GitHub tells no time, no commit, no attempt.

    `state` is `approved` or `rejected`; `person` is False for a bot.
    """

    by: str
    person: bool
    state: str
    comment: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the newest attempt. `conclusion` is empty while it runs."""

    id: int
    name: str
    status: str
    conclusion: str
    attempt: int
    started: datetime | None
    ended: datetime | None
    runner: str


class Runs:
    """The calls."""

    def __init__(self, wire: Wire, library: Library) -> None:
        self._wire, self._library = wire, library
        self._path = f"/repos/{wire.address.repository}/actions"

    async def get(self, run: int) -> Run:
        return _run(await self._wire.get(Call(f"read run {run}", _NEEDS), f"{self._path}/runs/{run}"))

    async def approvals(self, run: int) -> tuple[Approval, ...]:
        """What people said, of all attempts together."""
        call = Call(f"read who approved run {run}", _NEEDS)
        return tuple(
            _approval(entry) for entry in entries(await self._wire.get(call, f"{self._path}/runs/{run}/approvals"))
        )

    async def jobs(self, run: int) -> tuple[Job, ...]:
        """Those of the newest attempt."""
        call = Call(f"list the jobs of run {run}", _NEEDS)
        return await self._library.ask(call, lambda repository: _jobs(repository, run))

    async def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow (its file's name) on a branch. Never sent twice: AnswerLost where nobody knows."""
        call = Call(f"start {workflow}", "actions: write", repeatable=False)
        body = {"ref": ref, "inputs": dict(inputs)}
        await self._wire.ask(call, "POST", f"{self._path}/workflows/{part(workflow)}/dispatches", body=body)


def _jobs(repository: Repository, run: int) -> tuple[Job, ...]:
    return tuple(_job(job) for job in some(repository.get_workflow_run(run).jobs("latest")))


def _job(job: WorkflowJob) -> Job:
    return Job(
        id=there(job.id),
        name=there(job.name),
        status=there(job.status),
        conclusion=job.conclusion or "",
        attempt=job.run_attempt,
        started=job.started_at,
        ended=job.completed_at,
        runner=job.runner_name or "",
    )


def _run(body: Mapping[str, Any]) -> Run:
    return Run(
        id=number(body, "id"),
        attempt=number(body, "run_attempt"),
        event=text(body, "event"),
        head=text(body, "head_sha"),
        branch=text(body, "head_branch"),
        path=text(body, "path"),
        status=text(body, "status"),
        conclusion=text(body, "conclusion"),
        actor=text(body, "actor", "login"),
        by=text(body, "triggering_actor", "login"),
        created=moment(body, "created_at"),
        started=moment(body, "run_started_at"),
        url=text(body, "html_url"),
    )


def _approval(body: Mapping[str, Any]) -> Approval:
    return Approval(
        by=text(body, "user", "login"),
        person=text(body, "user", "type") == "User",
        state=text(body, "state"),
        comment=text(body, "comment"),
        environments=tuple(text(environment, "name") for environment in entries(body, "environments")),
    )
