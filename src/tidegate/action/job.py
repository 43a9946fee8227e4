"""The job as the runner describes it in the environment: what becomes of it is the command's to decide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from tidegate.action.inputs import Inputs
from tidegate.errors import UsageError
from tidegate.github.trigger import Dispatch, MergeGroup, PullRequest, Push, Schedule, Trigger
from tidegate.model.run import Run

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NEEDED = (
    *("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_EVENT_NAME", "GITHUB_ACTOR"),
    *("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"),
)


def run_of(environ: Mapping[str, str], inputs: Inputs, started: Trigger, default: str) -> Run:
    """UsageError where the environment is not that of a job."""
    missing = [name for name in _NEEDED if not environ.get(name)]
    if missing:
        raise UsageError(
            f"{' '.join(missing)} not set: this is the entry of the action, which a job of GitHub Actions starts",
            hint="On a machine of your own: tidegate --help",
        )
    repository = _like(environ, "GITHUB_REPOSITORY", _REPOSITORY)
    run = Run(
        server=environ["GITHUB_SERVER_URL"],
        repository=repository,
        commit=_like(environ, "GITHUB_SHA", _COMMIT),
        event=environ["GITHUB_EVENT_NAME"],
        # Who started this attempt: whoever runs somebody's job again acts in their own name.
        by=environ.get("GITHUB_TRIGGERING_ACTOR") or environ["GITHUB_ACTOR"],
        number=_like(environ, "GITHUB_RUN_ID", _NUMBER),
        attempt=int(_like(environ, "GITHUB_RUN_ATTEMPT", _NUMBER)),
        job=environ["GITHUB_JOB"],
        token=inputs.github_token,
        audit_token=inputs.audit_token,
        default=default,
    )
    match started:
        case PullRequest():
            elsewhere = started.branch if started.elsewhere else ""
            return replace(run, shown=started.head, base=started.base, elsewhere=elsewhere, read_only=started.read_only)
        case MergeGroup():
            elsewhere = started.branch if started.elsewhere else ""
            return replace(run, shown=started.head, base=started.base, elsewhere=elsewhere)
        case Push() | Dispatch() | Schedule():
            return replace(run, shown=run.commit, default=started.default)
        case _:
            assert_never(started)


def _like(environ: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    if form.fullmatch(environ[name]) is None:
        raise UsageError(f"{name} is `{environ[name]}`, which it cannot be", hint="Which runner starts this job?")
    return environ[name]
