"""A leg shows that its job runs in the environment that protects it; a workflow that was edited runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_gates import gated
from identities import identity
from on_github import Place, place


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, gated()) as found:
        found.version(2, 1)
        yield found


def said(there: Place, run: int, **other: Any) -> Mapping[str, Any]:
    claims = {
        "repository": there.fake.state.repository,
        "run_id": str(run),
        "ref": "refs/heads/main",
        "environment": "staging",
    }
    return {**claims, **other}


def test_the_right_job_goes_on(there: Place) -> None:
    run = there.run()
    rollout = there.plan(run).outputs["rollout"]
    with identity(said(there, run)) as environ:
        there.runner(run).environ.update(environ)
        leg = there.leg(run, "staging", rollout)
    assert (leg.code, leg.outputs["ask"]) == (0, "canary"), leg.log
    assert "unproven" not in leg.log
    assert not [event for event in there.events(rollout, "lease_taken") if "proof" in event]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"environment": ""}, "environment is `none`, not `staging`"),
        ({"environment": "canary"}, "environment is `canary`, not `staging`"),
        ({"run_id": "1"}, "run_id is `1`"),
        ({"ref": "refs/heads/else"}, "ref is `refs/heads/else`, not `refs/heads/main`"),
        ({"repository": "eve/fork"}, "repository is `eve/fork`"),
    ],
)
def test_another_job_is_held_and_touches_nothing(there: Place, wrong: Mapping[str, str], says: str) -> None:
    run = there.run()
    rollout = there.plan(run).outputs["rollout"]
    with identity(said(there, run, **wrong)) as environ:
        there.runner(run).environ.update(environ)
        leg = there.leg(run, "staging", rollout)
    assert (leg.outputs["exit"], leg.outputs["decision"], says in leg.log) == ("5", "hold", True), leg.log
    assert set(there.team.disk().values()) == {"version 1\n"}


def test_where_the_runner_offers_no_token_it_is_said_and_recorded(there: Place) -> None:
    run = there.run()
    rollout = there.plan(run).outputs["rollout"]
    leg = there.leg(run, "staging", rollout)
    assert (leg.code, leg.outputs["ask"]) == (0, "canary"), leg.log
    assert "environment unproven: this runner offers no OIDC token" in leg.log
    assert [event.get("proof") for event in there.events(rollout, "lease_taken")] == [None, "environment unproven"]


def test_where_github_does_not_answer_nothing_is_started(there: Place) -> None:
    run = there.run()
    rollout = there.plan(run).outputs["rollout"]
    with identity(None) as environ:
        there.runner(run).environ.update(environ)
        leg = there.leg(run, "staging", rollout)
    assert leg.code == 3, leg.log
    assert "what this job is cannot be asked of GitHub: status 500" in leg.log
    assert "the-runners-own-token" not in leg.log
    assert set(there.team.disk().values()) == {"version 1\n"}
