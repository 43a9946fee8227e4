"""Check runs, with GitHub's limits: 50 annotations a request, which add up; 65,535 characters; no unknown words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.github.routes import Refusal, Request, Response, Route, invalid, not_found, paged
from fakes.github.shapes import APP, app, node
from fakes.github.state import Check, State

_TEXT = 65_535
_ANNOTATIONS = 50
_BYTES = 64 * 1024
_SAME_NAME = 1000
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
_STATUSES = ("queued", "in_progress", "completed")
_LEVELS = ("notice", "warning", "failure")


def create(state: State, request: Request) -> Response:
    body = _object(request.body)
    _app_only(request)
    if not body.get("name") or not body.get("head_sha"):
        raise invalid("`name` and `head_sha` are needed")
    if not state.has(str(body["head_sha"])):
        raise invalid("No commit found for SHA: " + str(body["head_sha"]))
    check_body(body)
    check = Check(next(state.ids), str(body["head_sha"]), APP, {"status": "queued"})
    state.checks.append(check)
    _lay(state, check, body)
    same = [other for other in state.checks if (other.head, other.name) == (check.head, check.name)]
    for old in same[:-_SAME_NAME]:
        state.checks.remove(old)
    return Response(201, shape(check, request.base, state.repository))


def update(state: State, request: Request) -> Response:
    _app_only(request)
    check = _found(state, request)
    body = _object(request.body)
    check_body(body)
    _lay(state, check, body)
    return Response(200, shape(check, request.base, state.repository))


def get(state: State, request: Request) -> Response:
    return Response(200, shape(_found(state, request), request.base, state.repository))


def annotations_of(state: State, request: Request) -> Response:
    entries, links = paged(request, _found(state, request).annotations)
    return Response(200, [_annotation(entry, request.base) for entry in entries], links)


def of_commit(state: State, request: Request) -> Response:
    head = state.head(request.args["ref"]) or request.args["ref"]
    found = [check for check in state.checks if check.head == head]
    if name := request.query.get("check_name"):
        found = [check for check in found if check.name == name]
    if status := request.query.get("status"):
        found = [check for check in found if check.body["status"] == status]
    if request.query.get("filter", "latest") == "latest":
        found = list({check.name: check for check in found}.values())
    page, links = paged(request, found[::-1])
    shapes = [shape(check, request.base, state.repository) for check in page]
    return Response(200, {"total_count": len(found), "check_runs": shapes}, links)


def shape(check: Check, base: str, repository: str) -> dict[str, Any]:
    body = check.body
    url = f"{base}/repos/{repository}/check-runs/{check.id}"
    output = body.get("output", {})
    return {
        "id": check.id,
        "head_sha": check.head,
        "node_id": node("check", check.id),
        "external_id": body.get("external_id", ""),
        "url": url,
        "html_url": f"{base}/{repository}/runs/{check.id}",
        "details_url": f"{base}/{repository}/runs/{check.id}",
        "status": body["status"],
        "conclusion": body.get("conclusion"),
        "started_at": body.get("started_at"),
        "completed_at": body.get("completed_at"),
        "output": {
            "title": output.get("title"),
            "summary": output.get("summary"),
            "text": output.get("text"),
            "annotations_count": len(check.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "name": check.name,
        "check_suite": {"id": 1},
        "app": app(base),
        "pull_requests": [],
    }


def _lay(state: State, check: Check, body: Mapping[str, Any]) -> None:
    """The new words over the old; annotations are added, never taken away; a conclusion completes."""
    kept = dict(check.body.get("output", {}))
    sent = dict(body.get("output") or {})
    check.annotations += sent.pop("annotations", None) or []
    sent.pop("images", None)
    check.body |= {key: value for key, value in body.items() if key not in ("output", "head_sha")}
    check.body["output"] = {**kept, **sent}
    if body.get("conclusion"):
        check.body["status"] = "completed"
        check.body.setdefault("completed_at", state.stamp())
    if check.body["status"] != "completed":
        check.body.pop("conclusion", None)
        check.body.pop("completed_at", None)
    if check.body["status"] == "in_progress":
        check.body.setdefault("started_at", state.stamp())


def check_body(body: Mapping[str, Any]) -> None:
    """Refusal where GitHub would not take it."""
    if body.get("status", "queued") not in _STATUSES:
        raise invalid(f"status `{body['status']}` is not one a caller may set")
    if body.get("conclusion", "success") not in _CONCLUSIONS:
        raise invalid(f"conclusion `{body['conclusion']}`")
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise invalid("a completed check needs a conclusion")
    if len(body.get("actions") or ()) > 3:
        raise invalid("No more than 3 items are allowed")
    if "output" in body:
        _check_output(body)


def _check_output(body: Mapping[str, Any]) -> None:
    output = _object(body["output"])
    if not output.get("title") or "summary" not in output:
        raise invalid("output needs title and summary")
    for part in ("summary", "text"):
        if len(output.get(part) or "") > _TEXT:
            raise invalid(f"Only {_TEXT} characters are allowed; {len(output[part])} were supplied")
    entries = output.get("annotations") or []
    if len(entries) > _ANNOTATIONS:
        raise invalid(f"No more than {_ANNOTATIONS} items are allowed; {len(entries)} were supplied")
    for entry in entries:
        _check_annotation(_object(entry))


def _check_annotation(entry: Mapping[str, Any]) -> None:
    if entry.get("annotation_level") not in _LEVELS:
        raise invalid(f"annotation_level `{entry.get('annotation_level')}`")
    start, end = entry.get("start_line"), entry.get("end_line")
    if not entry.get("path") or not isinstance(start, int) or not isinstance(end, int) or not 1 <= start <= end:
        raise invalid("path, start_line and end_line are needed")
    if start != end and ("start_column" in entry or "end_column" in entry):
        raise invalid("columns only where start_line and end_line are one")
    if not entry.get("message") or len(str(entry["message"]).encode()) > _BYTES:
        raise invalid("a message, of at most 64 KB")
    if len(entry.get("title") or "") > 255:
        raise invalid("a title of at most 255 characters")


def _annotation(entry: Mapping[str, Any], base: str) -> dict[str, Any]:
    optional = ("start_column", "end_column", "title", "raw_details")
    return {**dict.fromkeys(optional), **entry, "blob_href": f"{base}/blob/{entry['path']}"}


def _found(state: State, request: Request) -> Check:
    for check in state.checks:
        if check.id == request.number("id"):
            return check
    raise not_found()


def _app_only(request: Request) -> None:
    if request.token.kind != "installation":
        raise Refusal(403, "You must authenticate via a GitHub App.")


def _object(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise Refusal(400, "Problems parsing JSON")
    return body


_REPO = "/repos/{owner}/{name}"
ROUTES = (
    Route("POST", f"{_REPO}/check-runs", create, "checks:write", "CheckRun", "ReposOwnerRepoCheckRunsPostBody"),
    Route(
        "PATCH",
        f"{_REPO}/check-runs/{{id}}",
        update,
        "checks:write",
        "CheckRun",
        "ReposOwnerRepoCheckRunsCheckRunIdPatchBody",
    ),
    Route("GET", f"{_REPO}/check-runs/{{id}}", get, "checks:read", "CheckRun"),
    Route("GET", f"{_REPO}/check-runs/{{id}}/annotations", annotations_of, "checks:read", "CheckAnnotation", many=True),
    Route(
        "GET",
        f"{_REPO}/commits/{{ref}}/check-runs",
        of_commit,
        "checks:read",
        "ReposOwnerRepoCommitsRefCheckRunsGetResponse200",
    ),
)
