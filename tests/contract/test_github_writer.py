"""The one writer of checks on the fake GitHub: it says what matters, within the limits, and never stalls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN
from fast_clock import FastClock
from openapi import differences
from tidegate.github.address import address
from tidegate.github.answer import Patience
from tidegate.github.budget import Budget, Level, Rank, Scale
from tidegate.github.check_runs import Check, Conclusion
from tidegate.github.client import Client
from tidegate.github.token import Token
from tidegate.github.writer import Losses, Writer

HEAD = "1" * 40
CLOCK = FastClock()
SCALE = Scale(waves=1, devices=3, canaries=1)
QUICK = Budget(every=5.0)
HASTY = Patience(tries=2, seconds=90.0)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path, now=CLOCK.now) as fake:
        fake.commit(HEAD)
        fake.limits.writes_per_minute = 0
        yield fake
        assert differences(fake.log) == []


def a_check(name: str, title: str = "so far", *, done: bool = False) -> Check:
    return Check(f"tidegate / {name}", f"tidegate:default-1:{name}", title, "-", Conclusion.SUCCESS if done else None)


def write(
    github: FakeGitHub,
    use: Callable[[Writer], Awaitable[None]],
    *,
    scale: Scale = SCALE,
    budget: Budget = QUICK,
    token: str = TOKEN,
    seconds: float = 2000,
) -> tuple[Writer, Losses]:
    async def written() -> tuple[Writer, Losses]:
        async with Client(address(github.environ), Token(token), CLOCK, HASTY) as client:
            writer = Writer(client, HEAD, CLOCK, scale, budget)
            writer.start()
            await use(writer)
            return writer, await writer.finish(seconds)

    return asyncio.run(written())


def titles(github: FakeGitHub) -> dict[str, str]:
    return {check.name.removeprefix("tidegate / "): check.body["output"]["title"] for check in github.state.checks}


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what it waits for is in another process's hands
            await asyncio.sleep(0.01)


def test_the_newest_words_are_said_and_each_check_is_one(github: FakeGitHub) -> None:
    async def use(writer: Writer) -> None:
        for number in range(50):
            writer.say(a_check("rollout", f"{number} confirmed"), Rank.ROLLOUT)
            writer.say(a_check("canary", f"{number} healthy"), Rank.WAVE)
        await until(lambda: len(github.state.checks) == 2)
        writer.say(a_check("rollout", "all confirmed", done=True), Rank.ROLLOUT)

    _, losses = write(github, use)
    assert titles(github) == {"rollout": "all confirmed", "canary": "49 healthy"}
    assert losses == Losses(0, "")
    assert len(github.asked("POST")) == 2


def test_an_update_waits_its_turn_and_the_last_word_does_not(github: FakeGitHub) -> None:
    async def use(writer: Writer) -> None:
        writer.say(a_check("canary", "first"), Rank.WAVE)
        await until(lambda: titles(github) == {"canary": "first"})
        writer.say(a_check("canary", "second"), Rank.WAVE)
        writer.say(a_check("rollout", "other"), Rank.ROLLOUT)
        await until(lambda: "rollout" in titles(github))
        assert titles(github)["canary"] == "first"
        writer.say(a_check("canary", "done", done=True), Rank.WAVE)
        await until(lambda: titles(github)["canary"] == "done")

    write(github, use, budget=Budget(every=3600))


def test_a_later_job_updates_what_is_there(github: FakeGitHub) -> None:
    async def first(writer: Writer) -> None:
        writer.say(a_check("canary", "first"), Rank.WAVE)

    async def second(writer: Writer) -> None:
        writer.say(a_check("canary", "second", done=True), Rank.WAVE)

    write(github, first)
    write(github, second)
    assert titles(github) == {"canary": "second"}
    assert len(github.state.checks) == 1


def test_the_failed_come_first_and_no_more_than_may(github: FakeGitHub) -> None:
    async def use(writer: Writer) -> None:
        writer.say(a_check("d1", done=True), Rank.REST)
        writer.say(a_check("d2", done=True), Rank.CANARY)
        writer.say(a_check("d3", done=True), Rank.FAILED)
        writer.say(a_check("d4", done=True), Rank.FAILED)

    writer, losses = write(github, use, budget=Budget(devices=3))
    assert [check.name for check in github.state.checks] == [f"tidegate / {name}" for name in ("d3", "d2", "d1")]
    assert writer.chosen.level is Level.DEVICES
    assert losses.count == 0


def test_when_little_is_left_only_the_end_is_told(github: FakeGitHub) -> None:
    github.limits.used = github.limits.limit - 153

    async def use(writer: Writer) -> None:
        writer.say(a_check("rollout", "first"), Rank.ROLLOUT)
        await until(lambda: titles(github) == {"rollout": "first"})
        writer.say(a_check("canary", "half"), Rank.WAVE)
        writer.say(a_check("d1"), Rank.FAILED)
        await until(lambda: writer.chosen.level is Level.NONE)
        writer.say(a_check("canary", "all", done=True), Rank.WAVE)

    writer, losses = write(github, use)
    assert writer.chosen.why == "the token has only 1 request more this hour"
    assert titles(github) == {"rollout": "first", "canary": "all"}
    assert losses.count == 0


def test_a_token_that_may_not_write_is_told_once(github: FakeGitHub) -> None:
    github.token("ghs_reader", checks="read")

    async def use(writer: Writer) -> None:
        writer.say(a_check("rollout"), Rank.ROLLOUT)
        writer.say(a_check("canary"), Rank.WAVE)
        await until(lambda: writer.chosen.level is Level.NONE)
        writer.say(a_check("d1"), Rank.FAILED)

    writer, losses = write(github, use, token="ghs_reader")
    assert losses.count == 2
    assert "lacks `checks: write`" in losses.why
    assert "lacks `checks: write`" in writer.chosen.why
    assert len(github.asked("POST")) == 1


def test_faults_of_github_lose_nothing_that_can_be_said_later(github: FakeGitHub) -> None:
    github.fail("bad_gateway", "POST", times=3)
    github.fail("secondary_silent", "PATCH")

    async def use(writer: Writer) -> None:
        writer.say(a_check("rollout", "first"), Rank.ROLLOUT)
        await until(lambda: titles(github) == {"rollout": "first"})
        writer.say(a_check("rollout", "last", done=True), Rank.ROLLOUT)

    _, losses = write(github, use)
    assert titles(github) == {"rollout": "last"}
    assert losses.count == 0


def test_a_github_that_does_not_answer_costs_the_end_no_more_than_its_time(github: FakeGitHub) -> None:
    github.fail("slow", "GET", seconds=60)

    async def use(writer: Writer) -> None:
        writer.say(a_check("rollout", "last", done=True), Rank.ROLLOUT)

    started = CLOCK.monotonic()
    _, losses = write(github, use, seconds=30)
    assert CLOCK.monotonic() - started < 1000
    assert losses.count == 1
    assert losses.why == "there was no time for them in 30 s"


FAULTS = ("bad_gateway", "bad_gateway_after", "drop", "drop_after", "secondary_silent", "too_many")
WORDS = st.tuples(st.sampled_from(["rollout", "canary", "d1", "d2"]), st.integers(0, 99))


@given(
    st.lists(st.tuples(st.sampled_from(FAULTS), st.sampled_from(["GET", "POST", "PATCH"])), max_size=6), st.lists(WORDS)
)
@settings(max_examples=15, deadline=None)
def test_whatever_goes_wrong_no_check_is_made_twice(
    faults: list[tuple[str, str]], words: list[tuple[str, int]]
) -> None:
    async def use(writer: Writer) -> None:
        for name, number in words:
            writer.say(a_check(name, str(number)), Rank.ROLLOUT if name == "rollout" else Rank.WAVE)
            await asyncio.sleep(0)

    with TemporaryDirectory() as folder, FakeGitHub(Path(folder), now=CLOCK.now) as github:
        github.commit(HEAD)
        for kind, method in faults:
            github.fail(kind, method, "check-runs")
        _, losses = write(github, use)
        names = [check.name for check in github.state.checks]
        assert len(names) == len(set(names))
        last = {name: str(number) for name, number in words}
        wrong = {name for name in last if titles(github).get(name) != last[name]}
        assert len(wrong) <= losses.count
