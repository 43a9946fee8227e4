"""A rollout on the commit: a check for it, for each wave, for each device once, whatever GitHub answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.test_gates import asked, gated
from fakes.github.fake import TOKEN
from on_github import Place, place

SICK = "{% if device.name == 'web-2' %}sick{% else %}version {{ vars.version }}\n{% endif %}"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as found:
        yield found


def shown(there: Place) -> dict[str, str]:
    """Name -> conclusion, or its status while it has none."""
    return {check.name: check.body.get("conclusion") or check.body["status"] for check in there.fake.state.checks}


def keys(there: Place) -> Counter[str]:
    return Counter(str(check.body["external_id"]) for check in there.fake.state.checks)


def roll_out(there: Place) -> str:
    """All legs in one job."""
    step = there.step(there.run(), "deploy", "deploy")
    assert step.code == 0, step.log
    return step.outputs["rollout"]


ALL = {
    "tidegate / rollout": "success",
    "tidegate / staging": "success",
    "tidegate / canary": "success",
    "tidegate / everyone": "success",
    "tidegate / staging / stg-1": "success",
    "tidegate / canary / web-1": "success",
    "tidegate / everyone / web-2": "success",
}


def canary_of(there: Place) -> tuple[str, str]:
    """Which of the two is the canary, and which is not."""
    names = {name.split(" / ")[1]: name.split(" / ")[2] for name in shown(there) if name.count(" / ") == 2}
    return names["canary"], names["everyone"]


def test_each_wave_and_each_device_has_a_check_once(there: Place) -> None:
    commit = there.version(2, 1)
    rollout = roll_out(there)
    canary, other = canary_of(there)
    expected = {name.replace("web-1", "?").replace("web-2", other).replace("?", canary): c for name, c in ALL.items()}
    assert shown(there) == expected
    assert set(keys(there).values()) == {1}
    assert f"tidegate:{rollout}:staging:stg-1" in keys(there)
    assert {check.head for check in there.fake.state.checks} == {commit}


def test_legs_of_several_jobs_make_no_check_twice(tmp_path: Path) -> None:
    with place(tmp_path, gated()) as there:
        run, rollout = asked(there)
        assert shown(there)["tidegate / rollout"] == "in_progress"
        assert shown(there)["tidegate / staging / stg-1"] == "success"
        there.fake.approve(run, "canary-approval", by="heidi")
        assert there.gate(run, "canary", rollout).code == 0
        assert there.leg(run, "canary", rollout).code == 0
        assert set(keys(there).values()) == {1}
        assert set(shown(there).values()) == {"success"}


def test_lost_answers_and_errors_of_github_make_no_check_twice(there: Place) -> None:
    there.version(2, 1)
    for kind in ("drop_after", "bad_gateway_after", "bad_gateway", "drop", "secondary"):
        there.fake.fail(kind, "POST", "/check-runs", seconds=1)
    roll_out(there)
    assert set(keys(there).values()) == {1}
    assert len(shown(there)) == len(ALL)
    assert set(shown(there).values()) == {"success"}


def test_one_that_failed_says_why_and_the_others_stay_good(there: Place) -> None:
    there.branch("sick", "version {{ vars.version }}\n", SICK, "components/app/files/app.conf.j2")
    there.branch("two", "version: 1", "version: 2")
    there.team.git("checkout", "--quiet", "sick")
    there.team.git("merge", "--quiet", "--no-edit", "two")
    there.team.git("checkout", "--quiet", "main")
    there.merge("sick")
    step = there.step(there.run(), "deploy", "deploy")
    names = {name.rpartition(" / ")[2]: conclusion for name, conclusion in shown(there).items()}
    assert names["web-2"] == "failure", step.log
    (check,) = [check for check in there.fake.state.checks if check.name.endswith("/ web-2")]
    assert check.body["output"]["title"].startswith("reverted: ")
    assert names["stg-1"] == "success"


def test_a_token_that_may_not_write_checks_stops_nothing_and_the_record_says_what_is_missing(there: Place) -> None:
    there.version(2, 1)
    del there.fake.state.tokens[TOKEN]
    there.fake.token(TOKEN, contents="write", actions="read", pull_requests="read")
    step = there.step(there.run(), "deploy", "deploy")
    assert (step.code, step.outputs["result"]) == (0, "succeeded"), step.log
    assert "checks: write" in step.log
    assert "checks\\: write" in step.summary
    (lost,) = there.events(step.outputs["rollout"], "lost_reports")
    assert "checks: write" in lost["why"]


def test_a_spent_rate_limit_stops_nothing(there: Place) -> None:
    there.version(2, 1)
    there.fake.state.limits.used = there.fake.state.limits.limit - 40
    step = there.step(there.run(), "deploy", "deploy")
    assert (step.code, step.outputs["result"]) == (0, "succeeded"), step.log
    assert "this hour" in step.log
    assert not [name for name in shown(there) if name.count(" / ") == 2]


def test_no_more_devices_than_the_project_says_have_a_check_and_the_end_says_so(tmp_path: Path) -> None:
    with place(tmp_path, {"tidegate.yaml": ("name: shop", "name: shop\ndevice_checks: 1")}) as there:
        there.version(2, 1)
        step = there.step(there.run(), "deploy", "deploy")
        assert step.code == 0, step.log
        devices = [name for name in shown(there) if name.count(" / ") == 2]
        assert len(devices) == 1, devices
        assert "3 devices are more than 1 checks" in step.log


def test_all_results_lie_in_the_workspace_and_a_link_there_is_not_followed(there: Place) -> None:
    there.version(2, 1)
    run = there.run()
    workspace, elsewhere = there.runner(run).workspace, there.team.top / "elsewhere"
    elsewhere.write_text("not ours\n")
    (workspace / "results.jsonl").symlink_to(elsewhere)
    step = there.step(run, "deploy", "deploy")
    assert step.code == 0, step.log
    lines = [json.loads(line) for line in (workspace / "results.jsonl").read_text().splitlines()]
    assert {line["device"]: line["state"] for line in lines} == dict.fromkeys(there.team.names, "SUCCEEDED")
    assert elsewhere.read_text() == "not ours\n"


def test_what_is_held_or_rejected_shows_on_the_commit(tmp_path: Path) -> None:
    with place(tmp_path, gated()) as there:
        run, rollout = asked(there)
        (check,) = [check for check in there.fake.state.checks if check.name == "tidegate / rollout"]
        there.fake.approve(run, "canary-approval", by="heidi", state="rejected", comment="no")
        assert there.settle(run, rollout).code == 0
        assert check.body["conclusion"] == "cancelled"
        there.push("version: 2", "version: 3")
        held = there.plan(there.run(by="eve"))
        assert held.outputs["decision"] == "hold"
        (check,) = [
            check for check in there.fake.state.checks if check.body["external_id"].endswith(held.outputs["rollout"])
        ]
        assert "without a pull request" in json.dumps(check.body["output"])
