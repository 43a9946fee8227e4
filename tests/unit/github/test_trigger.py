"""Which event may do what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tidegate.errors import UsageError
from tidegate.github.event import read_event
from tidegate.github.trigger import Dispatch, MergeGroup, PullRequest, Push, Schedule, may_act, trigger

HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40
ZEROS = "0" * 40
REPOSITORY = {"full_name": "acme/fleet", "default_branch": "main"}
MAIN = "refs/heads/main"


def on(name: str, ref: str = MAIN, sha: str = MERGE, **more: str) -> dict[str, str]:
    return {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref, "GITHUB_SHA": sha, "GITHUB_ACTOR": "ada", **more}


def a_pull(action: str = "opened", base: str = "main", source: str | None = "acme/fleet", by: str = "ada") -> Any:
    repo = None if source is None else {"full_name": source}
    return {
        "action": action,
        "repository": REPOSITORY,
        "pull_request": {
            "number": 12,
            "title": "::error::x",
            "user": {"login": by},
            "head": {"sha": HEAD, "repo": repo},
            "base": {"sha": BASE, "ref": base},
        },
    }


def a_push(**more: Any) -> dict[str, Any]:
    pushed = {"ref": MAIN, "before": BASE, "after": MERGE, "repository": REPOSITORY, "sender": {"login": "grace"}}
    return {**pushed, **more}


def test_a_pull_request() -> None:
    started = trigger(on("pull_request", "refs/pull/12/merge"), a_pull())
    assert started == PullRequest(12, "::error::x", "ada", HEAD, BASE, MERGE, "main", elsewhere=False, read_only=False)


@pytest.mark.parametrize(
    ("source", "by", "read_only"),
    [
        ("acme/fleet", "ada", False),
        ("eve/fleet", "eve", True),
        (None, "eve", True),
        ("acme/fleet", "dependabot[bot]", True),
    ],
)
def test_a_fork_and_dependabot_have_a_token_that_only_reads(source: str | None, by: str, read_only: bool) -> None:
    started = trigger(on("pull_request"), a_pull(source=source, by=by))
    assert isinstance(started, PullRequest)
    assert started.read_only is read_only


def test_a_pull_request_to_another_base_is_nothing_of_ours() -> None:
    started = trigger(on("pull_request"), a_pull(base="release"))
    assert isinstance(started, PullRequest)
    assert started.elsewhere


def test_a_merge_group() -> None:
    event = {"repository": REPOSITORY, "merge_group": {"head_sha": HEAD, "base_sha": BASE, "base_ref": MAIN}}
    assert trigger(on("merge_group"), event) == MergeGroup(HEAD, BASE, "main", elsewhere=False)


def test_what_acts_on_the_default_branch() -> None:
    pushed = trigger(on("push"), a_push(forced=True))
    assert may_act(pushed) == Push(MAIN, MERGE, BASE, "grace", forced=True, default="main")
    new = trigger(on("push"), a_push(before=ZEROS))
    assert isinstance(new, Push)
    assert new.before == ""
    asked = {"ref": MAIN, "inputs": {"rollout": "default-1"}, "repository": REPOSITORY, "sender": {"login": "ada"}}
    assert may_act(trigger(on("workflow_dispatch"), asked)) == Dispatch(
        MAIN, MERGE, "ada", {"rollout": "default-1"}, "main"
    )
    assert may_act(trigger(on("workflow_dispatch"), {**asked, "ref": "main", "inputs": None})).ref == MAIN
    assert may_act(trigger(on("schedule"), {"schedule": "0 * * * *"})) == Schedule(MAIN, MERGE, "main")


@pytest.mark.parametrize(
    ("environ", "event", "said"),
    [
        (on("push", "refs/tags/v1"), a_push(ref="refs/tags/v1"), r"`refs/tags/v1` is not a branch"),
        (on("push", "refs/tags/main"), a_push(ref="refs/tags/main"), r"`refs/tags/main` is not a branch"),
        (on("push", GITHUB_REF_TYPE="tag"), a_push(), "is not a branch"),
        (on("push"), a_push(ref="refs/heads/other"), "GITHUB_REF is `refs/heads/main`"),
        (on("push"), a_push(after=ZEROS, deleted=True), "was deleted"),
        (on("push"), a_push(after=ZEROS), "was deleted"),
        (on("push"), a_push(after="main"), "is no commit: main"),
        (on("push"), a_push(repository={}), r"does not say `repository.default_branch`"),
        (on("push"), {}, "does not say `after`"),
        (on("pull_request_target"), a_pull(), "would judge a stranger's change"),
        (on("pull_request"), a_pull("closed"), "a pull request was `closed`"),
        (on("pull_request"), {"action": "opened"}, r"does not say `pull_request.number`"),
        (on("pull_request"), {"action": 5}, "the event is not what GitHub sends"),
        (on("workflow_dispatch"), {"repository": REPOSITORY, "inputs": ["x"]}, "the event is not what GitHub sends"),
        (on("workflow_dispatch"), {"repository": REPOSITORY, "inputs": 5}, "the event is not what GitHub sends"),
        (on("release"), {}, "started by `release`"),
        (on("::error::\n"), {}, r"started by `:\\:error::`"),
        ({}, {}, "GITHUB_EVENT_NAME is not set"),
        ({"GITHUB_EVENT_NAME": "schedule"}, {}, "GITHUB_REF is not set"),
        (on("workflow_dispatch", "refs/tags/main"), {"repository": REPOSITORY}, "is not a branch"),
    ],
)
def test_all_else_is_refused(environ: dict[str, str], event: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        trigger(environ, event)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("environ", "event"),
    [
        (on("pull_request"), a_pull()),
        (on("push", "refs/heads/other"), a_push(ref="refs/heads/other")),
        (on("push", "refs/heads/refs/heads/main"), a_push(ref="refs/heads/refs/heads/main")),
        (on("workflow_dispatch", "refs/heads/other"), {"repository": REPOSITORY}),
    ],
)
def test_devices_are_changed_from_the_default_branch_alone(environ: dict[str, str], event: Any) -> None:
    with pytest.raises(UsageError, match=r"from `main` alone|change no devices"):
        may_act(trigger(environ, event))


def test_the_event_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    environ = {"GITHUB_EVENT_PATH": str(file)}
    with pytest.raises(UsageError, match="cannot read the event"):
        read_event(environ)
    for wrong in ("{", "[]", "[" * 100_000):
        file.write_text(wrong)
        with pytest.raises(UsageError, match="is no JSON"):
            read_event(environ)
    file.write_text(json.dumps({"ref": MAIN}))
    assert read_event(environ) == {"ref": MAIN}
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH is not set"):
        read_event({})
