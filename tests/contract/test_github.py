"""The client on the fake GitHub: what is asked, what comes back, and that both are as GitHub's description has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN
from openapi import differences
from tidegate.clock import VirtualClock
from tidegate.github.check_runs import Annotation, Check, Conclusion, Level
from tidegate.github.checks import validation_check
from tidegate.github.client import Client, client
from tidegate.github.trouble import BadToken, Forbidden, GitHubError, NotThere, Refused
from tidegate.model.place import Finding, Location, Report

HEAD = "1" * 40
MERGE = "2" * 40
Answer = TypeVar("Answer")


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path) as fake:
        fake.commit(HEAD)
        yield fake
        assert differences(fake.log) == []


def ask(github: FakeGitHub, use: Callable[[Client], Awaitable[Answer]], token: str = TOKEN) -> Answer:
    """What a client says, on a clock that jumps."""

    async def asked() -> Answer:
        async with client(github.environ, token, VirtualClock(github.state.now())) as one:
            return await use(one)

    return asyncio.run(asked())


def a_check(annotations: int = 0, name: str = "tidegate / rollout") -> Check:
    lines = range(1, annotations + 1)
    return Check(
        name,
        f"key of {name}",
        "18 of 18 confirmed",
        "All is well.",
        Conclusion.SUCCESS,
        annotations=tuple(Annotation("fleet/all.yaml", line, line, Level.WARNING, "hm") for line in lines),
    )


def test_what_the_repository_is(github: FakeGitHub) -> None:
    github.branch("main", HEAD)
    assert ask(github, lambda one: one.repository.get()).default_branch == "main"
    branch = ask(github, lambda one: one.repository.branch("main"))
    assert branch is not None
    assert branch.head == HEAD
    assert ask(github, lambda one: one.repository.branch("no/such")) is None


def test_a_check_is_made_changed_and_found_again(github: FakeGitHub) -> None:
    made = ask(github, lambda one: one.checks.create(HEAD, a_check()))
    assert (made.status, made.conclusion) == ("completed", "success")
    found = ask(github, lambda one: one.checks.find(HEAD, made.name, made.key))
    assert found == made
    changed = ask(github, lambda one: one.checks.update(made, a_check(3)))
    assert changed.annotations == 3
    assert ask(github, lambda one: one.checks.put(HEAD, a_check(3))).id == made.id
    assert len(github.state.checks) == 1


@pytest.mark.parametrize("kind", ["bad_gateway_after", "drop_after", "bad_gateway", "drop"])
def test_a_lost_answer_makes_no_second_check(github: FakeGitHub, kind: str) -> None:
    github.fail(kind, "POST", "check-runs", times=2)
    ask(github, lambda one: one.checks.create(HEAD, a_check()))
    assert [check.name for check in github.state.checks] == ["tidegate / rollout"]


@pytest.mark.parametrize("kind", ["bad_gateway_after", "drop_after", "bad_gateway", "drop"])
def test_lost_answers_show_no_annotation_twice(github: FakeGitHub, kind: str) -> None:
    github.fail(kind, "POST", "check-runs")
    github.fail(kind, "PATCH", "check-runs", times=2)
    run = ask(github, lambda one: one.checks.create(HEAD, a_check(120)))
    assert run.annotations == 120
    assert [entry["start_line"] for entry in github.state.checks[0].annotations] == list(range(1, 121))


def judged(*messages: str) -> Check:
    findings = tuple(Finding("a-rule", said, Location("fleet/all.yaml", line)) for line, said in enumerate(messages, 1))
    return validation_check(Report(findings), HEAD, 0.1)


def put(github: FakeGitHub, check: Check) -> None:
    ask(github, lambda one: one.checks.put(HEAD, check))


def newest(github: FakeGitHub) -> list[str]:
    """What GitHub shows of a name: the annotations of its newest check."""
    return [entry["message"] for entry in github.state.checks[-1].annotations]


@pytest.mark.parametrize("kind", ["", "drop_after", "drop"])
def test_a_change_that_is_judged_again_shows_what_is_true_now(github: FakeGitHub, kind: str) -> None:
    """Annotations cannot be taken away: what was found before must not stand beside what is found now."""
    for messages in (("a", "b"), ("c", "d"), ("c", "d"), (), ("a", "b")):
        if kind:
            github.fail(kind, "POST", "check-runs")
        put(github, judged(*messages))
        assert newest(github) == list(messages)
        github.state.faults.waiting.clear()
    assert len(github.state.checks) == 4


def test_who_approved_a_run(github: FakeGitHub) -> None:
    github.run(7, HEAD)
    github.job(7, "approve-canary")
    github.approve(7, "canary-approval", by="grace", comment="looks good")
    (approval,) = ask(github, lambda one: one.runs.approvals(7))
    assert (approval.by, approval.person, approval.state) == ("grace", True, "approved")
    assert approval.environments == ("canary-approval",)
    run = ask(github, lambda one: one.runs.get(7))
    assert (run.head, run.attempt, run.branch) == (HEAD, 1, "main")
    (job,) = ask(github, lambda one: one.runs.jobs(7))
    assert (job.name, job.conclusion) == ("approve-canary", "success")


def test_which_pull_request_brought_a_commit_and_who_reviewed_it(github: FakeGitHub) -> None:
    github.pull(12, HEAD, title="Faster ::error::")
    github.person("grace")
    github.review(12, "grace")
    github.review(12, "a-reader")
    github.merge(12, MERGE, by="grace")
    (pull,) = ask(github, lambda one: one.pulls.of(MERGE))
    assert (pull.number, pull.head, pull.merge, pull.author) == (12, HEAD, MERGE, "ada")
    assert ask(github, lambda one: one.pulls.get(12)).merged_by == "grace"
    assert [(review.by, review.state) for review in ask(github, lambda one: one.pulls.reviews(12))] == [
        ("grace", "APPROVED")
    ]
    assert [author.author for author in ask(github, lambda one: one.pulls.authors(12))] == ["ada"]


def test_a_workflow_is_started_on_a_branch(github: FakeGitHub) -> None:
    github.branch("main", HEAD)
    github.workflow("tidegate-deploy.yml")
    ask(github, lambda one: one.runs.dispatch("tidegate-deploy.yml", "main", {"rollout": "default-1"}))
    (dispatch,) = github.state.dispatches
    assert dispatch["inputs"] == {"rollout": "default-1"}
    with pytest.raises(NotThere, match=r"cannot start other\.yml"):
        ask(github, lambda one: one.runs.dispatch("other.yml", "main", {}))
    with pytest.raises(Refused, match="No ref found"):
        ask(github, lambda one: one.runs.dispatch("tidegate-deploy.yml", "gone", {}))


def test_a_permission_that_is_missing_is_named(github: FakeGitHub) -> None:
    github.token("ghs_reader", checks="read")
    with pytest.raises(Forbidden) as refused:
        ask(github, lambda one: one.checks.create(HEAD, a_check()), "ghs_reader")
    assert refused.value.permission == "checks: write"
    assert "permissions: {checks: write}" in refused.value.hint
    assert len(github.asked("POST")) == 1
    with pytest.raises(BadToken):
        ask(github, lambda one: one.repository.get(), "ghs_unknown")


def test_an_error_is_one_of_ours(github: FakeGitHub) -> None:
    github.fail("garbage", "GET", times=2)
    for use in (lambda one: one.repository.get(), lambda one: one.runs.approvals(7)):
        with pytest.raises(GitHubError):
            ask(github, use)
