"""Deployments and how they go."""

from __future__ import annotations

from typing import Any

from fakes.github.routes import Request, Response, Route, invalid, not_found, paged
from fakes.github.shapes import node, user
from fakes.github.state import State

_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
_DESCRIPTION = 140


def create(state: State, request: Request) -> Response:
    """As GitHub would, it merges the default branch in and demands green checks, unless it is told not to."""
    body = request.body or {}
    ref = str(body.get("ref") or "")
    sha = state.head(ref) or (ref if state.has(ref) else "")
    if not sha:
        raise invalid(f"No ref found for: {ref}")
    if body.get("auto_merge", True) is not False or body.get("required_contexts") != []:
        raise invalid("this fake GitHub wants auto_merge: false and required_contexts: []")
    made = {
        "id": next(state.ids),
        "sha": sha,
        "ref": ref,
        "task": body.get("task", "deploy"),
        "payload": body.get("payload", ""),
        "environment": body.get("environment", "production"),
        "description": body.get("description"),
        "production_environment": body.get("production_environment", False),
        "by": request.token.login,
        "at": state.stamp(),
        "statuses": [],
    }
    state.deployments.append(made)
    return Response(201, _shape(state, made, request.base))


def of(state: State, request: Request) -> Response:
    wanted = {name: request.query[name] for name in ("sha", "ref", "task", "environment") if name in request.query}
    found = [one for one in state.deployments[::-1] if all(one[name] == value for name, value in wanted.items())]
    page, links = paged(request, [_shape(state, one, request.base) for one in found])
    return Response(200, page, links)


def get(state: State, request: Request) -> Response:
    return Response(200, _shape(state, _found(state, request), request.base))


def say(state: State, request: Request) -> Response:
    deployment, body = _found(state, request), request.body or {}
    if body.get("state") not in _STATES:
        raise invalid(f"state `{body.get('state')}`")
    if len(body.get("description", "")) > _DESCRIPTION:
        raise invalid("description is too long (maximum is 140 characters)")
    deployment["statuses"].append({**body, "id": next(state.ids), "at": state.stamp()})
    return Response(201, _status(state, deployment, deployment["statuses"][-1], request))


def statuses(state: State, request: Request) -> Response:
    deployment = _found(state, request)
    found = [_status(state, deployment, status, request) for status in deployment["statuses"][::-1]]
    page, links = paged(request, found)
    return Response(200, page, links)


def _shape(state: State, made: dict[str, Any], base: str) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/deployments/{made['id']}"
    kept = ("id", "sha", "ref", "task", "payload", "environment", "description", "production_environment")
    return {
        **{name: made[name] for name in kept},
        "url": url,
        "node_id": node("deployment", made["id"]),
        "creator": user(base, made["by"]),
        "created_at": made["at"],
        "updated_at": made["at"],
        "statuses_url": f"{url}/statuses",
        "repository_url": f"{base}/repos/{state.repository}",
    }


def _status(state: State, deployment: dict[str, Any], status: dict[str, Any], request: Request) -> dict[str, Any]:
    repository = f"{request.base}/repos/{state.repository}"
    url = f"{repository}/deployments/{deployment['id']}"
    return {
        "url": f"{url}/statuses/{status['id']}",
        "id": status["id"],
        "node_id": node("status", status["id"]),
        "state": status["state"],
        "creator": user(request.base, deployment["by"]),
        "description": status.get("description", ""),
        "environment": deployment["environment"],
        "target_url": status.get("target_url", ""),
        "created_at": status["at"],
        "updated_at": status["at"],
        "deployment_url": url,
        "repository_url": repository,
    }


def _found(state: State, request: Request) -> dict[str, Any]:
    for deployment in state.deployments:
        if deployment["id"] == request.number("id"):
            return deployment
    raise not_found()


_ALL = "/repos/{owner}/{name}/deployments"
_ONE = f"{_ALL}/{{id}}"
_STATUS = "ReposOwnerRepoDeploymentsDeploymentIdStatusesPostBody"
ROUTES = (
    Route("POST", _ALL, create, "deployments:write", "Deployment", "ReposOwnerRepoDeploymentsPostBody"),
    Route("GET", _ALL, of, "deployments:read", "Deployment", many=True),
    Route("GET", _ONE, get, "deployments:read", "Deployment"),
    Route("POST", f"{_ONE}/statuses", say, "deployments:write", "DeploymentStatus", _STATUS),
    Route("GET", f"{_ONE}/statuses", statuses, "deployments:read", "DeploymentStatus", many=True),
)
