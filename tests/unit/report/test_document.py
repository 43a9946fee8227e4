"""What programs get is complete, whatever people are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from stories import ENDED, HELD
from telling import NOON
from tidegate.metrics.delivery import measure
from tidegate.model.delivery import Delivery
from tidegate.model.segment import Head
from tidegate.report.document import document
from tidegate.report.metrics import metrics_document
from tidegate.report.story import story

STORIES = {**ENDED, **HELD}


def alive(_: Head) -> bool:
    """Nobody is dead here."""
    return False


@pytest.mark.parametrize("name", STORIES)
def test_every_device_and_wave_of_a_rollout_is_in_its_document(name: str) -> None:
    tale = STORIES[name]()
    whole = document(tale.record(), alive)
    assert json.loads(json.dumps(whole)) == whole
    assert set(whole["devices"]) == set(tale.plan.devices)
    assert [wave["name"] for wave in whole["waves"]] == [wave.name for wave in tale.plan.waves]
    for wave in whole["waves"]:
        assert sum(wave["states"].values()) == len(wave["members"])


@pytest.mark.parametrize("name", ENDED)
def test_the_document_and_the_story_agree_on_the_exit_code(name: str) -> None:
    record = ENDED[name]().record()
    assert document(record, alive)["exit_code"] == story(record).exit_code


def test_a_device_that_failed_says_why_also_once_it_is_back() -> None:
    device = document(ENDED["reverted"]().record(), alive)["devices"]["ber-web-04"]
    assert (device["state"], device["cause"]["step"], device["text"]) == ("REVERTED", "unhealthy", "")
    assert device["cause"]["text"].startswith("serves: HTTP 502")


@pytest.mark.parametrize(
    ("held", "dead", "stage"), [(True, False, "running"), (True, True, "cut_off"), (False, True, "left")]
)
def test_who_acts_now(held: bool, dead: bool, stage: str) -> None:
    assert document(HELD["next-leg"]().record(held=held), lambda _: dead)["stage"] == stage


def test_who_runs_it_is_not_who_spoke_last() -> None:
    record = HELD["asked"]().record(held=True)
    job = replace(record.segments[0], events=record.segments[0].events[:-1])
    word = replace(job, head=replace(job.head, n=2, by="eve"), events=record.segments[0].events[-1:])
    said = document(replace(record, segments=(job, word)), alive)
    assert (said["lease"]["by"], said["ask"]["approved_by"]) == ("ada", ["eve"])


def test_a_held_rollout_says_what_it_waits_for() -> None:
    asked = document(HELD["asked"]().record(), alive)
    assert (asked["stage"], asked["ask"]["count"], asked["ask"]["approved_by"]) == ("held", 2, ["eve"])
    stopped = document(HELD["held-stopped"]().record(), alive)
    assert (stopped["stage"], stopped["hold"]["kind"]) == ("held", "stopped")


def measured(*names: str) -> Delivery:
    return measure([STORIES[name]().record() for name in names], now=NOON + timedelta(days=1))


def test_the_metrics_document_holds_every_number_with_its_counts() -> None:
    whole = metrics_document(measured("reverted"))
    assert json.loads(json.dumps(whole)) == whole
    assert (whole["change_failure_rate"]["part"], whole["change_failure_rate"]["whole"]) == (1, 1)
    assert whole["deploy_frequency"]["attempts"] == 1
    assert whole["time_to_recover"]["n"] == 1
    assert whole["through_pipeline"]["source"] == "record"
    assert whole["deployments"][0]["fell"] == ["ams-web-01", "ber-web-04", "muc-web-02"]


def test_what_cannot_be_said_is_null_and_never_nought() -> None:
    whole = metrics_document(measured())
    assert whole["change_failure_rate"]["share"] is None
    assert whole["time_to_recover"]["median"] is None
    assert whole["record_begins"] is None
    assert whole["lead_time"] is None


def test_an_exit_code_that_the_job_knows_better_is_said() -> None:
    assert story(HELD["next-leg"]().record(), exit_code=0).exit_code == 0
    assert story(HELD["held-cancelled"]().record(), exit_code=130).text.endswith("exit 130")
