"""GraphQL, as far as it is asked: opinions on a pull request. Errors come with status 200, as GitHub's do."""

from __future__ import annotations

import re
from typing import Any

from fakes.github.routes import Request, Response, Route
from fakes.github.shapes import node
from fakes.github.state import State

_OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
_MOST = 100


def query(state: State, request: Request) -> Response:
    body = request.body if isinstance(request.body, dict) else {}
    text, variables = str(body.get("query", "")), body.get("variables") or {}
    if "latestOpinionatedReviews" not in text:
        return _error("INVALID", "the fake GitHub does not know this query")
    if not request.token.may("pull-requests:read"):
        return _error("FORBIDDEN", "Resource not accessible by integration")
    here = f"{variables.get('owner')}/{variables.get('name')}" == state.repository
    pull = state.pulls.get(int(variables.get("number") or 0)) if here else None
    if pull is None:
        return _error(
            "NOT_FOUND", "Could not resolve to a PullRequest with the number of " + str(variables.get("number"))
        )
    writers = re.search(r"writersOnly:\s*true", text) is not None
    latest: dict[str, dict[str, Any]] = {}
    for review in pull.reviews:
        if review["state"] in _OPINIONS and (not writers or _may_write(state, review["by"])):
            latest[review["by"]] = review
    start = int(variables.get("after") or 0)
    page = list(latest.values())[start : start + _MOST]
    end = start + len(page)
    reviews = {
        "pageInfo": {"hasNextPage": end < len(latest), "endCursor": str(end)},
        "nodes": [_review(review) for review in page],
    }
    return Response(200, {"data": {"repository": {"pullRequest": {"latestOpinionatedReviews": reviews}}}})


def _review(review: dict[str, Any]) -> dict[str, Any]:
    gone = review["kind"] == "gone"
    return {
        "id": node("review", review["by"]),
        "state": review["state"],
        "submittedAt": review["at"],
        "body": "",
        "author": None if gone else {"__typename": review["kind"], "login": review["by"]},
        "commit": {"oid": review["commit"]},
    }


def _may_write(state: State, login: str) -> bool:
    return state.users.get(login) in ("write", "admin")


def _error(kind: str, message: str) -> Response:
    return Response(200, {"data": None, "errors": [{"type": kind, "message": message, "path": ["repository"]}]})


ROUTES = (Route("POST", "/graphql", query, "", ""),)
