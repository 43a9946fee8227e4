"""A rollout in the jobs of workflows: legs in their turn, what the last job writes down, what the hourly one starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.test_gates import asked, gated
from fakes.github.fake import TOKEN
from on_github import Place, place


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, gated()) as found:
        yield found


def test_one_change_through_all_of_its_jobs(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="heidi")
    assert there.gate(run, "canary", rollout).outputs["next"] == "canary"
    leg = there.leg(run, "canary", rollout)
    assert (leg.code, leg.outputs["result"]) == (0, "succeeded"), leg.log
    assert set(there.team.disk().values()) == {"version 2\n"}
    settled = there.settle(run, rollout)
    assert (settled.code, settled.outputs["result"]) == (0, "succeeded"), settled.log
    assert there.fake.state.dispatches == []
    for job in ("staging", "canary"):
        again = there.leg(run, job, rollout)
        assert (again.code, again.outputs["result"]) == (0, "succeeded"), again.log


def test_a_rejection_is_read_by_the_last_job_and_ends_it(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="heidi", state="rejected", comment="not on a Friday")
    there.fake.job(run, "approve canary", conclusion="failure")
    settled = there.settle(run, rollout)
    assert (settled.code, settled.outputs["result"]) == (0, "stopped"), settled.log
    (said,) = there.events(rollout, "rejected")
    assert (said["by"], said["via"], said["why"]) == ("heidi", "environment", "not on a Friday")
    (ended,) = there.events(rollout, "ended")
    assert ended["reason"] == "rejected by heidi: not on a Friday"
    assert there.team.disk() == {"stg-1": "version 2\n", "web-1": "version 1\n", "web-2": "version 1\n"}
    again = there.settle(run, rollout)
    assert (again.code, len(there.events(rollout, "rejected"))) == (0, 1), again.log
    late = there.gate(run, "canary", rollout)
    assert (late.code, late.outputs["decision"]) == (0, "done"), late.log


def test_a_run_cancelled_while_it_waits_is_held_for_a_person(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.job(run, "approve canary", conclusion="cancelled")
    settled = there.settle(run, rollout)
    assert settled.code == 0, settled.log
    (held,) = there.events(rollout, "held")
    assert held["kind"] == "cancelled"
    woken = there.wake(there.run("schedule", by="github-actions[bot]"))
    assert (woken.code, there.fake.state.dispatches) == (0, []), woken.log


def test_a_gate_that_failed_is_no_cancellation(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.job(run, "approve canary", conclusion="failure")
    settled = there.settle(run, rollout)
    assert settled.code == 0, settled.log
    assert there.events(rollout, "held") == there.events(rollout, "ended") == []
    assert "it waits for 1 approval of `canary`" in settled.log


def test_a_cancelled_run_says_nothing_about_a_rollout_that_another_one_has(there: Place) -> None:
    first, rollout = asked(there)
    second = there.run("workflow_dispatch", by="github-actions[bot]")
    assert there.plan(second, rollout=rollout).outputs["ask"] == "canary"
    there.fake.job(first, "approve canary", conclusion="cancelled")
    assert there.settle(first, rollout).code == 0
    assert there.events(rollout, "held") == []


def test_the_newest_commit_waits_its_turn_and_is_started_by_the_one_before(there: Place) -> None:
    run, rollout = asked(there)
    there.version(3, 2)
    second = there.run()
    waits = there.plan(second)
    assert (waits.code, waits.outputs["decision"], waits.outputs["reason"]) == (0, "hold", "queued"), waits.log
    assert waits.outputs["rollout"] == ""
    newest = there.version(4, 3)
    assert there.plan(there.run()).outputs["reason"] == "queued"
    there.fake.approve(run, "canary-approval", by="heidi")
    assert there.gate(run, "canary", rollout).code == 0
    assert there.leg(run, "canary", rollout).code == 0
    settled = there.settle(run, rollout)
    assert "tidegate-deploy.yml was started" in settled.log
    (sent,) = there.fake.state.dispatches
    assert (sent["ref"], sent["inputs"]) == ("main", {})
    third = there.run("workflow_dispatch", by="github-actions[bot]")
    opened = there.plan(third)
    assert opened.outputs["next"] == "staging", opened.log
    (said,) = there.events(opened.outputs["rollout"], "opened")
    assert said["revision"] == newest
    assert [change["pr"] for change in said["changes"]] == [3, 4]
    there.again(second)
    late = there.plan(second)
    assert (late.code, late.outputs["result"]) == (0, "superseded"), late.log


def test_a_word_that_came_later_is_acted_on_by_a_run_of_its_own_and_only_once(there: Place) -> None:
    run, rollout = asked(there)
    own = there.run("workflow_dispatch", by="heidi")
    answered = there.step(own, "answer", "approve", environment="canary", rollout=rollout, arguments="--why fine")
    assert answered.code == 0, answered.log
    assert there.settle(run, rollout).code == 0
    assert [sent["inputs"] for sent in there.fake.state.dispatches] == [{"rollout": rollout}] * 2
    again = there.run("workflow_dispatch", by="github-actions[bot]")
    assert there.plan(again, rollout=rollout).outputs["next"] == "canary"
    assert there.settle(again, rollout).code == 0, "its leg failed to start: that run is not started for ever"
    assert len(there.fake.state.dispatches) == 2


def test_the_hourly_job_starts_a_free_lane_that_is_behind_and_only_if_something_changes(there: Place) -> None:
    there.branch("words", "name: shop", "name: shop # ours", "tidegate.yaml")
    there.merge("words")
    assert there.wake(there.run("schedule", by="github-actions[bot]")).code == 0
    assert there.fake.state.dispatches == []
    there.version(2, 1)
    woken = there.wake(there.run("schedule", by="github-actions[bot]"))
    assert woken.code == 0, woken.log
    assert [(sent["ref"], sent["inputs"]) for sent in there.fake.state.dispatches] == [("main", {})]


def test_a_token_that_may_not_start_workflows_says_so(there: Place) -> None:
    there.version(2, 1)
    del there.fake.state.tokens[TOKEN]
    there.fake.token(TOKEN, contents="write", actions="read")
    woken = there.wake(there.run("schedule", by="github-actions[bot]"))
    assert woken.code == 3, woken.log
    assert "actions: write" in woken.log


def test_who_says_no_by_a_workflow_ends_it_there_and_then(there: Place) -> None:
    _, rollout = asked(there)
    own = there.run("workflow_dispatch", by="heidi")
    said = there.step(own, "answer", "approve", environment="canary", rollout=rollout, arguments="--reject --why odd")
    assert (said.code, said.outputs["result"]) == (0, "stopped"), said.log
    assert there.fake.state.dispatches == []


def test_a_run_that_opened_nothing_starts_nothing(tmp_path: Path) -> None:
    """Else one that is refused each time would start itself for ever."""
    with place(tmp_path, {"tidegate.yaml": ("direct_push: hold", "direct_push: refuse")}) as there:
        there.push("version: 1", "version: 2")
        run = there.run(by="eve")
        assert there.plan(run).outputs["decision"] == "refused"
        settled = there.step(run, "settle", "wake")
        assert (settled.code, there.fake.state.dispatches) == (0, []), settled.log
