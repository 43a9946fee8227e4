"""`workflow-stale`: a workflow is held against the legs of its strategy, and against nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from small_project import loaded, tree_of
from tidegate.checks.workflows import check_workflows
from workflow_runs import DEPLOY, THREE, written

Change = Callable[[str], str]


def findings(tidegate: str = THREE, /, **changes: str | None) -> list[str]:
    """What is said of a project with its own workflows, some changed (None: not there)."""
    files: Mapping[str, str | None] = {**written(), **changes}
    tree = tree_of(tidegate=tidegate, **{path: text for path, text in files.items() if text is not None})
    found = loaded(tree)
    assert found.project is not None
    said = list(check_workflows(tree, found.project, found.documents, ""))
    assert {each.rule for each in said} <= {"workflow-stale"}
    return [f"{each.location.file}:{each.location.line} {each.message}" for each in said]


def deploy(change: Change) -> list[str]:
    text = written()[DEPLOY]
    changed = change(text)
    assert changed != text
    return findings(**{DEPLOY: changed})


def without(text: str, first: str, last: str) -> str:
    """The text without what stands from `first` up to `last`."""
    begin = text.index(first)
    return text[:begin] + text[text.index(last, begin) :]


def test_what_init_writes_fits() -> None:
    assert findings() == []


def test_without_any_deploy_workflow_nothing_is_said() -> None:
    assert findings(**{DEPLOY: None}) == []


def test_a_leg_without_a_job() -> None:
    said = deploy(lambda text: without(text, "  canary:\n", "\n  # Waits for the reviewers of production"))
    assert [line.partition(" ")[2] for line in said] == ["there is no job `canary` for leg `canary`"]


def test_a_leg_without_its_gate() -> None:
    said = deploy(lambda text: without(text, "  # Waits for the reviewers of canary", "  canary:\n"))
    assert [line.partition(" ")[2] for line in said] == ["there is no job `approve-canary` for leg `canary`"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("environment: canary\n    perm", "environment: live\n    perm", "job `canary` is in environment `live`"),
        ("    environment: canary-approval\n", "", "`approve-canary` is in no environment, and the strategy says"),
        ("needs: [plan, staging, approve-canary]", "needs: [plan]", "`canary` does not wait for `staging`, `approve-"),
        ("needs: [plan, staging, approve-canary]", "needs: plan", "`canary` does not wait for `staging`, `approve-"),
        ("  settle:", "  approve-eu:\n    runs-on: x\n\n  settle:", "job `approve-eu` is for a leg that the strategy"),
        ("          PASSWORD:", "          ANOTHER:", "job `staging` is not given the secret PASSWORD"),
        ("jobs:", "works:", "this is no workflow with jobs"),
        ("name:", "name: {", "this is no workflow with jobs"),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(old: str, new: str, message: str) -> None:
    said = deploy(lambda text: text.replace(old, new, 1))
    assert len(said) == 1
    assert message in said[0]
    assert said[0].startswith(f"{DEPLOY}:")


def test_a_leg_that_the_strategy_lost() -> None:
    fewer = THREE.replace(
        "      - {name: everyone, environment: production, approvals: 1}\n", "      - {name: everyone}\n"
    )
    assert [line.partition(" ")[2] for line in findings(fewer)] == [
        "job `approve-production` is for a leg that the strategy does not have",
        "job `production` is for a leg that the strategy does not have",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    timeout-minutes: 360", "    timeout-minutes: 60"),
        ("    environment: staging\n", "    environment: {name: Staging, url: 'https://example.org'}\n"),
        ("  settle:", "  mine:\n    runs-on: x\n    steps: [{run: echo}]\n\n  settle:"),
        ("jobs:", "env: {MINE: 1}\njobs:"),
    ],
)
def test_what_somebody_else_put_there_is_theirs(old: str, new: str) -> None:
    assert deploy(lambda text: text.replace(old, new, 1)) == []


def test_a_secret_may_be_given_to_the_whole_job() -> None:
    given = "    env: {PASSWORD: x}\n    runs-on: ubuntu-24.04\n    timeout-minutes: 360"
    assert (
        deploy(
            lambda text: text.replace("          PASSWORD:", "          OTHER:").replace(
                "    runs-on: ubuntu-24.04\n    timeout-minutes: 360", given
            )
        )
        == []
    )


def test_with_a_workflow_for_approve_no_gate_is_missed() -> None:
    assert findings(**written(reviewers=False)) == []
