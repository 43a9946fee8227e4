"""The `if:` lines of a deploy workflow: in no run does a leg start unapproved, out of order, or after a failure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from workflow_runs import DEPLOY, Paper, Said, jobs_of, written

LEGS = ["staging", "canary", "production"]
GATES = {"canary": "approve-canary", "production": "approve-production"}
PAPER = Paper.of(written()[DEPLOY])
RAN = ("success", "failure", "cancelled")


def everything_a_job_can_say(_job: str) -> list[Said]:
    outputs: list[dict[str, str]] = [{}, *({"next": leg} for leg in LEGS), *({"ask": leg} for leg in GATES)]
    return [Said(result, said) for result in RAN for said in outputs]


def test_every_job_waits_for_all_before_it() -> None:
    names = list(PAPER.needs)
    assert names == ["plan", "staging", "approve-canary", "canary", "approve-production", "production", "settle"]
    assert all(list(needs) == names[:at] for at, needs in enumerate(PAPER.needs.values()))


def test_in_no_run_does_a_job_start_unasked_or_after_a_failure() -> None:
    runs = 0
    for run in PAPER.every_run(everything_a_job_can_say):
        runs += 1
        before: list[Said] = []
        for job, said in run.items():
            if said.result in RAN and job not in ("plan", "settle"):
                assert all(each.result in ("success", "skipped") for each in before), run
                leg = job.removeprefix("approve-")
                output = "ask" if job.startswith("approve-") else "next"
                assert any(each.result == "success" and each.outputs.get(output) == leg for each in before), run
            before.append(said)
        assert run["settle"].result in RAN
    assert runs > 1000


@pytest.mark.parametrize("leg", LEGS)
def test_each_job_for_every_result_and_output_of_the_jobs_before_it(leg: str) -> None:
    """Also combinations that no run brings: each condition holds by itself, and reads every job before it."""
    for job, output in ((GATES.get(leg, ""), "ask"), (leg, "next")):
        if not job:
            continue
        needs = PAPER.needs[job]
        outputs: list[dict[str, str]] = [{}, {"next": leg}, {"ask": leg}]
        kinds = [Said("skipped"), *(Said(result, said) for result in ("success", "failure") for said in outputs)]
        for chosen in itertools.product(kinds, repeat=len(needs)):
            starts = PAPER.starts(job, dict(zip(needs, chosen, strict=True)))
            failed = any(said.result == "failure" for said in chosen)
            assert starts == (not failed and any(said.outputs.get(output) == leg for said in chosen)), chosen


@pytest.mark.parametrize("at", list(PAPER.needs)[1:])
def test_a_cancelled_run_starts_nothing_but_settle(at: str) -> None:
    record = Record()
    ended = PAPER.run(record.answer, cancelled_before=at)
    late = list(PAPER.needs)[list(PAPER.needs).index(at) :]
    assert [job for job in late if ended[job].result != "skipped"] == ["settle"]


@dataclass
class Record:
    """What Tidegate keeps of one rollout, and so what its jobs say: which legs are done, who was approved."""

    done: list[str] = field(default_factory=list)
    approved: set[str] = field(default_factory=set)
    breaks: str = ""
    rejects: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, job: str) -> Said:
        if job == self.breaks or job == self.rejects:
            return Said("failure")
        if job.startswith("approve-"):
            self.asked.append(job)
            self.approved.add(job.removeprefix("approve-"))
        elif job in LEGS:
            assert job == LEGS[len(self.done)], "out of order"
            assert job not in GATES or job in self.approved, "unapproved"
            self.done.append(job)
        return Said(outputs=self._next())

    def _next(self) -> dict[str, str]:
        if self.done == LEGS:
            return {}
        leg = LEGS[len(self.done)]
        return {"ask": leg} if leg in GATES and leg not in self.approved else {"next": leg}


def states() -> Sequence[tuple[list[str], set[str]]]:
    """Every place where a rollout can stand."""
    found: list[tuple[list[str], set[str]]] = []
    for number in range(len(LEGS) + 1):
        done = LEGS[:number]
        had = {leg for leg in done if leg in GATES}
        found.append((done, had))
        if number < len(LEGS) and LEGS[number] in GATES:
            found.append((done, had | {LEGS[number]}))
    return found


@pytest.mark.parametrize(("done", "approved"), states())
def test_from_wherever_it_stands_a_run_goes_to_the_end_and_asks_nobody_twice(
    done: list[str], approved: set[str]
) -> None:
    record = Record(list(done), set(approved))
    ended = PAPER.run(record.answer)
    assert record.done == LEGS
    assert record.asked == [gate for leg, gate in GATES.items() if leg not in approved]
    assert {job for job, said in ended.items() if said.result == "success"} >= {"plan", "settle"}


@pytest.mark.parametrize("job", [*LEGS, *GATES.values()])
def test_a_job_that_fails_or_is_rejected_stops_the_run_and_a_second_one_ends_it(job: str) -> None:
    record = Record(breaks=job)
    ended = PAPER.run(record.answer)
    later = list(PAPER.needs)[list(PAPER.needs).index(job) + 1 : -1]
    assert [ended[each].result for each in later] == ["skipped"] * len(later)
    assert ended["settle"].result == "success"
    record.breaks = ""
    PAPER.run(record.answer)
    assert record.done == LEGS
    assert sorted(record.asked) == sorted(GATES.values())


def test_a_rollout_with_nothing_to_do_starts_no_leg() -> None:
    ended = PAPER.run(lambda job: Said())
    assert [job for job, said in ended.items() if said.result == "success"] == ["plan", "settle"]


def test_a_leg_that_holds_ends_the_run_without_a_failure() -> None:
    ended = PAPER.run(lambda job: Said(outputs={"next": "staging"} if job == "plan" else {}))
    assert [job for job, said in ended.items() if said.result == "success"] == ["plan", "staging", "settle"]


def test_without_reviewers_a_question_ends_the_run_and_its_answer_starts_the_next() -> None:
    paper = Paper.of(written(reviewers=False)[DEPLOY])
    assert list(paper.needs) == ["plan", *LEGS, "settle"]
    record = Record()
    paper.run(record.answer)
    assert record.done == ["staging"]
    record.approved.add("canary")
    paper.run(record.answer)
    assert record.done == ["staging", "canary"]
    record.approved.add("production")
    paper.run(record.answer)
    assert record.done == LEGS


def test_only_a_leg_is_given_secrets_and_proves_its_environment() -> None:
    for name, job in jobs_of(written()[DEPLOY]).items():
        is_leg = name in LEGS
        assert ("secrets.PASSWORD" in str(job)) == is_leg
        assert ("id-token" in job["permissions"]) == is_leg
        wanted = name if is_leg else f"{name.removeprefix('approve-')}-approval" if name in GATES.values() else None
        assert job.get("environment") == wanted
        assert not {"concurrency", "container", "strategy"} & job.keys()
