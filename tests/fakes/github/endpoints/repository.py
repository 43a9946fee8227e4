"""The repository and its branches."""

from __future__ import annotations

from fakes.github.endpoints.pulls import commit_shape
from fakes.github.routes import Refusal, Request, Response, Route
from fakes.github.shapes import repository
from fakes.github.state import State


def get(state: State, request: Request) -> Response:
    return Response(200, repository(state, request.base))


def branch(state: State, request: Request) -> Response:
    name = request.args["branch"]
    head = state.head(name)
    if not head:
        raise Refusal(404, "Branch not found")
    url = f"{request.base}/repos/{state.repository}/branches/{name}"
    return Response(
        200,
        {
            "name": name,
            "commit": commit_shape(state, request.base, head, "ada", "ada"),
            "_links": {"html": url, "self": url},
            "protected": name in state.protection or bool(state.rulesets),
            "protection": {"enabled": name in state.protection},
            "protection_url": f"{url}/protection",
        },
    )


_REPO = "/repos/{owner}/{name}"
ROUTES = (
    Route("GET", _REPO, get, "metadata:read", "FullRepository"),
    Route("GET", f"{_REPO}/branches/{{branch}}", branch, "contents:read", "BranchWithProtection"),
)
