"""Runs of workflows, their jobs, who approved their environments, and starting one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.github.routes import Refusal, Request, Response, Route, invalid, not_found, paged
from fakes.github.shapes import node, number_of, repository, user
from fakes.github.state import Run, State

_MOST_INPUTS = 25


def get(state: State, request: Request) -> Response:
    return Response(200, shape(state, _found(state, request), request.base))


def approvals(state: State, request: Request) -> Response:
    run = _found(state, request)
    return Response(200, [_approval(state, entry, request.base) for entry in run.approvals])


def jobs(state: State, request: Request) -> Response:
    run = _found(state, request)
    found = [_job(run, entry, index, request.base, state) for index, entry in enumerate(run.jobs)]
    page, links = paged(request, found)
    return Response(200, {"total_count": len(found), "jobs": page}, links)


def dispatch(state: State, request: Request) -> Response:
    workflow, body = request.args["workflow"], request.body or {}
    if workflow not in state.workflows:
        raise not_found()
    if not isinstance(body.get("ref"), str):
        raise invalid("`ref` is needed")
    branch = body["ref"].removeprefix("refs/heads/")
    if not state.head(branch):
        raise Refusal(422, f"No ref found for: {body['ref']}")
    inputs = body.get("inputs") or {}
    if len(inputs) > _MOST_INPUTS or not all(isinstance(value, str) for value in inputs.values()):
        raise Refusal(422, "Invalid inputs")
    state.dispatches.append({"workflow": workflow, "ref": body["ref"], "inputs": inputs, "by": request.token.login})
    return Response(204)


def shape(state: State, run: Run, base: str) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/actions/runs/{run.id}"
    whole = repository(state, base)
    return {
        "id": run.id,
        "name": run.path.rpartition("/")[2],
        "node_id": node("run", run.id),
        "head_branch": run.branch,
        "head_sha": run.head,
        "path": run.path,
        "run_number": run.id,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": number_of(run.path),
        "url": url,
        "html_url": f"{base}/{state.repository}/actions/runs/{run.id}",
        "pull_requests": [],
        "created_at": run.created,
        "updated_at": run.created,
        "run_started_at": run.created,
        "actor": user(base, run.actor),
        "triggering_actor": user(base, run.actor),
        **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "check_suite_url": f"{base}/repos/{state.repository}/check-suites/1",
        "workflow_url": f"{base}/repos/{state.repository}/actions/workflows/{number_of(run.path)}",
        "head_commit": {
            "id": run.head,
            "tree_id": run.head,
            "message": "A change",
            "timestamp": run.created,
            "author": {"name": run.actor, "email": f"{run.actor}@example.org"},
            "committer": {"name": run.actor, "email": f"{run.actor}@example.org"},
        },
        "repository": whole,
        "head_repository": whole,
        "display_title": "A change",
    }


def _job(run: Run, entry: Mapping[str, Any], index: int, base: str, state: State) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/actions/jobs/{run.id}{index:03}"
    ended = entry["status"] == "completed"
    return {
        "id": int(f"{run.id}{index:03}"),
        "run_id": run.id,
        "run_url": f"{base}/repos/{state.repository}/actions/runs/{run.id}",
        "run_attempt": run.attempt,
        "node_id": node("job", run.id, index),
        "head_sha": run.head,
        "url": url,
        "html_url": url,
        "status": entry["status"],
        "conclusion": entry["conclusion"] if ended else None,
        "created_at": run.created,
        "started_at": run.created,
        "completed_at": run.created if ended else None,
        "name": entry["name"],
        "check_run_url": f"{base}/repos/{state.repository}/check-runs/{index + 1}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "runner",
        "runner_group_id": 1,
        "runner_group_name": "Default",
        "workflow_name": run.path,
        "head_branch": run.branch,
    }


def _approval(state: State, entry: Mapping[str, Any], base: str) -> dict[str, Any]:
    name = entry["environment"]
    url = f"{base}/repos/{state.repository}/environments/{name}"
    environment = {
        "id": number_of(name),
        "node_id": node("environment", name),
        "name": name,
        "url": url,
        "html_url": url,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    return {
        "environments": [environment],
        "state": entry["state"],
        "user": user(base, entry["by"]),
        "comment": entry["comment"],
    }


def _found(state: State, request: Request) -> Run:
    run = state.runs.get(request.number("run"))
    if run is None:
        raise not_found()
    return run


_ACTIONS = "/repos/{owner}/{name}/actions"
ROUTES = (
    Route("GET", f"{_ACTIONS}/runs/{{run}}", get, "actions:read", "WorkflowRun"),
    Route("GET", f"{_ACTIONS}/runs/{{run}}/approvals", approvals, "actions:read", "EnvironmentApprovals", many=True),
    Route(
        "GET",
        f"{_ACTIONS}/runs/{{run}}/jobs",
        jobs,
        "actions:read",
        "ReposOwnerRepoActionsRunsRunIdJobsGetResponse200",
    ),
    Route(
        "POST",
        f"{_ACTIONS}/workflows/{{workflow}}/dispatches",
        dispatch,
        "actions:write",
        "",
        "ReposOwnerRepoActionsWorkflowsWorkflowIdDispatchesPostBody",
    ),
)
