"""Pull requests: by number, by commit, and the commits of one."""

from __future__ import annotations

from typing import Any

from fakes.github.routes import Request, Response, Route, not_found, paged
from fakes.github.shapes import node, repository, user
from fakes.github.state import Pull, State

_LINKS = "html issue comments review_comments review_comment commits statuses"


def get(state: State, request: Request) -> Response:
    return Response(200, whole(state, _found(state, request), request.base))


def of_commit(state: State, request: Request) -> Response:
    commit = request.args["sha"]
    if not state.has(commit):
        raise not_found()
    found = [simple(state, pull, request.base) for pull in state.pulls.values() if commit in _commits(pull)]
    page, links = paged(request, found)
    return Response(200, page, links)


def commits(state: State, request: Request) -> Response:
    pull = _found(state, request)
    entries = pull.commits or [{"sha": pull.head, "author": pull.author, "committer": pull.author}]
    page, links = paged(request, entries[:250])
    return Response(200, [commit_shape(state, request.base, **entry) for entry in page], links)


def commit(state: State, request: Request) -> Response:
    """Who wrote it is what the scene says, else nobody that GitHub knows."""
    sha = request.args["sha"]
    if not state.has(sha):
        raise not_found()
    author, committer = state.authors.get(sha, (None, None))
    return Response(200, commit_shape(state, request.base, sha, author, committer))


def commit_shape(state: State, base: str, sha: str, author: str | None, committer: str | None) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/commits/{sha}"
    person = {"name": author or "?", "email": "somebody@example.org", "date": "2026-01-01T00:00:00Z"}
    return {
        "url": url,
        "sha": sha,
        "node_id": node("commit", sha),
        "html_url": url,
        "comments_url": f"{url}/comments",
        "commit": {
            "url": url,
            "author": person,
            "committer": person,
            "message": "A change",
            "comment_count": 0,
            "tree": {"sha": sha, "url": url},
        },
        "author": user(base, author) if author else None,
        "committer": user(base, committer) if committer else None,
        "parents": [],
    }


def simple(state: State, pull: Pull, base: str) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/pulls/{pull.number}"
    return {
        "url": url,
        "id": pull.number,
        "node_id": node("pull", pull.number),
        **{f"{name}_url": f"{url}/{name}" for name in (*_LINKS.split(), "diff", "patch")},
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": user(base, pull.author),
        "body": None,
        "labels": [],
        "milestone": None,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "closed_at": pull.merged_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge,
        "draft": False,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(state, base, pull.branch, pull.head, pull.author),
        "base": _end(state, base, pull.base, state.head(pull.base) or pull.head, state.repository.partition("/")[0]),
        "_links": {name: {"href": f"{url}/{name}"} for name in (*_LINKS.split(), "self")},
        "author_association": "MEMBER",
        "auto_merge": None,
    }


def whole(state: State, pull: Pull, base: str) -> dict[str, Any]:
    counts = "comments review_comments additions deletions changed_files"
    return {
        **simple(state, pull, base),
        **dict.fromkeys(counts.split(), 0),
        "commits": max(1, len(pull.commits)),
        "merged": pull.merged_at is not None,
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged_by": user(base, pull.merged_by) if pull.merged_by else None,
        "maintainer_can_modify": False,
    }


def _end(state: State, base: str, ref: str, sha: str, owner: str) -> dict[str, Any]:
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(base, owner),
        "repo": repository(state, base),
    }


def _commits(pull: Pull) -> set[str]:
    """Those of its branch, and the one that it became."""
    return {pull.head, *(entry["sha"] for entry in pull.commits), *([pull.merge] if pull.merge else [])}


def _found(state: State, request: Request) -> Pull:
    pull = state.pulls.get(request.number("number"))
    if pull is None:
        raise not_found()
    return pull


_REPO = "/repos/{owner}/{name}"
ROUTES = (
    Route("GET", f"{_REPO}/pulls/{{number}}", get, "pull-requests:read", "PullRequest"),
    Route("GET", f"{_REPO}/pulls/{{number}}/commits", commits, "pull-requests:read", "Commit", many=True),
    Route("GET", f"{_REPO}/commits/{{sha}}", commit, "contents:read", "Commit"),
    Route("GET", f"{_REPO}/commits/{{sha}}/pulls", of_commit, "pull-requests:read", "PullRequestSimple", many=True),
)
