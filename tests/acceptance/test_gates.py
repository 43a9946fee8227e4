"""Approvals of environments: read from GitHub, counted by us, good for one question about one plan, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from on_github import Place, place

STAGING = "{name: staging, select: env=staging, soak: 0s}"
CANARY = "{name: canary, select: env=production, up_to: 1, max_failures: 0, soak: 0s}"
GATED = CANARY.replace("soak", "environment: canary, approvals: 1, soak")


def gated(count: int = 1, more: str = "") -> dict[str, tuple[str, str]]:
    wave = GATED.replace("approvals: 1", f"approvals: {{count: {count}{more}}}")
    both = f"{STAGING}\n      - {CANARY}", f"{STAGING.replace('soak', 'environment: staging, soak')}\n      - {wave}"
    return {"tidegate.yaml": both}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, gated()) as found:
        yield found


def asked(there: Place, version: int = 2) -> tuple[int, str]:
    """A run whose staging is done, and that asks for its canary."""
    there.version(version, version - 1)
    run = there.run()
    rollout = there.plan(run).outputs["rollout"]
    leg = there.leg(run, "staging", rollout)
    assert (leg.code, leg.outputs["ask"]) == (0, "canary"), leg.log
    return run, rollout


def test_a_reviewer_opens_the_gate_and_the_record_says_who(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="heidi", comment="looks well")
    gate = there.gate(run, "canary", rollout)
    assert (gate.code, gate.outputs["next"], gate.outputs["ask"]) == (0, "canary", ""), gate.log
    (said,) = there.events(rollout, "approved")
    assert (said["by"], said["via"], said["run"], said["attempt"]) == ("heidi", "environment", str(run), 1)
    assert said["plan"] == gate.outputs["plan"]
    assert said["why"] == "looks well"
    assert said["started_at"] <= said["at"]
    leg = there.leg(run, "canary", rollout)
    assert (leg.code, leg.outputs["result"]) == (0, "succeeded"), leg.log


def test_a_gate_that_nobody_opened_stays_shut(there: Place) -> None:
    """An environment without reviewers lets its job run at once: no approval is none."""
    run, rollout = asked(there)
    gate = there.gate(run, "canary", rollout)
    assert (gate.code, gate.outputs["decision"], gate.outputs["next"]) == (1, "ask", ""), gate.log
    assert "1 approval more of `canary-approval`; so far: nobody" in gate.log
    leg = there.leg(run, "canary", rollout)
    assert leg.outputs["exit"] == "5", leg.log
    assert there.team.disk()["web-1"] == there.team.disk()["web-2"] == "version 1\n"


@pytest.mark.parametrize(("by", "says"), [("ada", "an author of it"), ("Ada", "an author"), ("bot[bot]", "no person")])
def test_a_yes_of_an_author_or_a_bot_does_not_count(there: Place, by: str, says: str) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by=by)
    gate = there.gate(run, "canary", rollout)
    assert (gate.code, gate.outputs["next"]) == (1, ""), gate.log
    assert says in gate.log
    assert there.events(rollout, "approved") == []


def test_who_merged_somebody_elses_change_may_approve_it(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="grace")
    assert there.gate(run, "canary", rollout).outputs["next"] == "canary"


def test_an_approval_of_another_environment_or_run_is_none(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "production-approval", by="heidi")
    other = there.run()
    there.fake.approve(other, "canary-approval", by="heidi")
    assert there.gate(run, "canary", rollout).code == 1


def test_an_approval_serves_one_plan_and_not_the_next_one_of_the_same_run(there: Place) -> None:
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="heidi")
    assert there.gate(run, "canary", rollout).outputs["next"] == "canary"
    assert there.leg(run, "canary", rollout).code == 0
    later, second = asked(there, 3)
    there.fake.state.runs[later].approvals = list(there.fake.state.runs[run].approvals)
    there.runner(later).number = run  # GitHub tells of all attempts of a run together, and of no plan
    gate = there.gate(later, "canary", second)
    assert (gate.code, gate.outputs["next"]) == (1, ""), gate.log


def test_two_must_agree_where_two_are_asked_for(tmp_path: Path) -> None:
    with place(tmp_path, gated(2)) as there:
        run, rollout = asked(there)
        there.fake.approve(run, "canary-approval", by="heidi")
        gate = there.gate(run, "canary", rollout)
        assert (gate.code, gate.outputs["ask"]) == (1, "canary"), gate.log
        there.again(run)
        assert there.gate(run, "canary", rollout).code == 1, "the same approval does not count twice"
        there.fake.approve(run, "canary-approval", by="heidi")
        assert there.gate(run, "canary", rollout).code == 1, "the same person does not count twice"
        there.fake.approve(run, "canary-approval", by="grace")
        gate = there.gate(run, "canary", rollout)
        assert (gate.code, gate.outputs["next"]) == (0, "canary"), gate.log


def test_two_that_no_record_has_may_have_seen_two_plans(there: Place) -> None:
    """A first attempt was approved and died before it wrote that down; the second was approved, too."""
    run, rollout = asked(there)
    there.fake.approve(run, "canary-approval", by="heidi")
    there.again(run)
    there.fake.approve(run, "canary-approval", by="grace")
    gate = there.gate(run, "canary", rollout)
    assert gate.code == 1
    assert "None counts: heidi, grace approved in this run" in gate.log


def test_only_those_who_are_asked_count(tmp_path: Path) -> None:
    with place(tmp_path, gated(1, ", from: [grace, acme/ops]")) as there:
        run, rollout = asked(there)
        there.fake.approve(run, "canary-approval", by="heidi")
        gate = there.gate(run, "canary", rollout)
        assert gate.code == 1
        assert "heidi is none of those asked: grace, acme/ops (acme/ops: who that is cannot be told here" in gate.log
        there.again(run)
        there.fake.approve(run, "canary-approval", by="grace")
        assert there.gate(run, "canary", rollout).outputs["next"] == "canary"


def test_a_person_may_answer_by_starting_a_workflow(there: Place) -> None:
    """Where environments cannot have reviewers: `tidegate-approve.yml`, whose actor is who says yes."""
    run, rollout = asked(there)
    own = there.run("workflow_dispatch", by="ada")
    said = there.step(own, "answer", "approve", environment="canary", rollout=rollout, arguments="--why ''")
    assert said.code == 1, said.log
    own = there.run("workflow_dispatch", by="heidi")
    said = there.step(own, "answer", "approve", environment="canary", rollout=rollout, arguments="--why ''")
    assert said.code == 0, said.log
    assert there.fake.state.dispatches[-1]["inputs"] == {"rollout": rollout}
    again = there.run("workflow_dispatch", by="github-actions[bot]")
    taken = there.plan(again, rollout=rollout)
    assert taken.outputs["next"] == "canary", taken.log
    assert there.leg(again, "canary", rollout).outputs["result"] == "succeeded"
    assert run != again
