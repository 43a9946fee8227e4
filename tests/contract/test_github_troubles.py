"""The client in bad weather: limits, faults, a token that must not travel; by both ways, httpx and PyGithub."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN
from fakes.github.shapes import number_of
from planting import Planted
from tidegate.clock import VirtualClock
from tidegate.github.check_runs import Check
from tidegate.github.client import Client, client
from tidegate.github.trouble import Away, GitHubError, LimitReached, Refused, Unreadable

HEAD = "1" * 40
START = datetime(2026, 11, 25, tzinfo=UTC)


class Time(VirtualClock):
    """The clock that the client waits by and the fake goes by."""

    def __init__(self) -> None:
        super().__init__(START)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def github(tmp_path: Path, time: Time) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path, now=time.now) as fake:
        fake.branch("main", HEAD)
        fake.run(7, HEAD)
        yield fake


def by_httpx(one: Client) -> Awaitable[Any]:
    return one.runs.approvals(7)


def by_pygithub(one: Client) -> Awaitable[Any]:
    return one.repository.get()


BOTH = pytest.mark.parametrize("use", [by_httpx, by_pygithub])


def ask(github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]], token: str = TOKEN) -> Any:
    async def asked() -> Any:
        async with client(github.environ, token, time) as one:
            return await use(one)

    return asyncio.run(asked())


@BOTH
@pytest.mark.parametrize(
    ("kind", "seconds", "waits"),
    [("secondary", 30, 30), ("secondary_silent", 0, 60), ("too_many", 0, 60), ("bad_gateway", 0, 1), ("drop", 0, 1)],
)
def test_it_waits_as_long_as_github_says(
    github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]], kind: str, seconds: float, waits: float
) -> None:
    github.fail(kind, "GET", seconds=seconds)
    ask(github, time, use)
    assert time.monotonic() == pytest.approx(waits, abs=0.01)


@BOTH
def test_the_hour_is_waited_for_where_it_is_near(
    github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]]
) -> None:
    github.limits.used, github.limits.resets = github.limits.limit, (START + timedelta(seconds=600)).timestamp()
    ask(github, time, use)
    assert time.monotonic() == pytest.approx(601, abs=0.01)


@BOTH
def test_a_whole_hour_is_too_long(github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]]) -> None:
    github.limits.used = github.limits.limit
    with pytest.raises(LimitReached, match="for 3601 s more") as refused:
        ask(github, time, use)
    assert refused.value.exit_code == 3
    assert len(github.log) == 1


@BOTH
def test_a_github_that_stays_away(github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]]) -> None:
    github.fail("bad_gateway", "GET", times=9)
    with pytest.raises(Away, match="HTTP 502, 6 times"):
        ask(github, time, use)


@BOTH
def test_nobody_listens(tmp_path: Path, time: Time, use: Callable[[Client], Awaitable[Any]]) -> None:
    with FakeGitHub(tmp_path) as gone:
        pass
    with pytest.raises(Away, match="6 times"):
        ask(gone, time, use)


@BOTH
def test_what_is_no_json_is_said_so(github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]]) -> None:
    github.fail("garbage", "GET")
    with pytest.raises(Unreadable) as refused:
        ask(github, time, use)
    assert refused.value.exit_code == 3


@BOTH
def test_the_token_goes_to_no_other_host(
    github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]], planted: Planted
) -> None:
    token = planted.value.replace("!", "-").replace("#", "-")
    github.token(token, actions="read", contents="read")
    with Eavesdropper() as other:
        github.fail("redirect", "GET", to=f"{other.url}/repos/acme/fleet")
        with pytest.raises(GitHubError):
            ask(github, time, use, token)
        assert other.heard == b""


@BOTH
def test_a_renamed_repository_is_followed_where_it_is(
    github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    github.fail("redirect", "GET", to=f"{github.url}/other")
    with pytest.raises(GitHubError):
        ask(github, time, use)
    rest = "/actions/runs/7/approvals" if use is by_httpx else ""
    github.fail("redirect", "GET", to=f"{github.url}/repositories/{number_of('acme/fleet')}{rest}")
    ask(github, time, use)
    assert capfd.readouterr().err == ""


def test_a_loop_of_redirects_ends(github: FakeGitHub, time: Time) -> None:
    github.fail("redirect", "GET", to=f"{github.url}/repos/acme/fleet/actions/runs/7/approvals", times=9)
    with pytest.raises(Refused, match="on and on"):
        ask(github, time, by_httpx)


def test_both_ways_know_what_is_left(github: FakeGitHub, time: Time) -> None:
    async def use(one: Client) -> list[int]:
        left = []
        for each in (by_httpx, by_pygithub):
            await each(one)
            assert one.allowance is not None
            left.append(one.allowance.remaining)
        return left

    assert ask(github, time, use) == [999, 998]


def test_writes_in_a_hurry_are_slowed_by_github_and_all_arrive(github: FakeGitHub, time: Time) -> None:
    github.limits.writes_per_minute = 3

    async def use(one: Client) -> None:
        for number in range(7):
            await one.checks.create(HEAD, Check(f"check {number}", f"key {number}", "Title", "-"))

    ask(github, time, use)
    assert [check.name for check in github.state.checks] == [f"check {number}" for number in range(7)]
    assert time.monotonic() >= 120


@BOTH
def test_enterprise_server_has_its_api_below_a_path(
    github: FakeGitHub, time: Time, use: Callable[[Client], Awaitable[Any]]
) -> None:
    github.pull(12, HEAD)
    environ = {**github.environ, "GITHUB_API_URL": f"{github.url}/api/v3", "GITHUB_GRAPHQL_URL": ""}

    async def asked() -> None:
        async with client(environ, TOKEN, time) as one:
            await use(one)
            assert await one.pulls.reviews(12) == ()

    asyncio.run(asked())


@BOTH
def test_the_token_shows_in_no_log_and_no_error(
    github: FakeGitHub,
    time: Time,
    use: Callable[[Client], Awaitable[Any]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    token = "ghs_AVerySecretToken"
    with pytest.raises(GitHubError) as refused:
        ask(github, time, use, token)
    github.token(token, contents="read", actions="read")
    ask(github, time, use, token)
    said = capfd.readouterr()
    for text in (caplog.text, said.out, said.err, str(refused.value), refused.value.hint):
        assert token not in text


class Eavesdropper:
    """Another host: it answers nothing, and keeps what it is told."""

    def __init__(self) -> None:
        self.heard = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                self.heard += connection.recv(65_536)
            if self.heard.endswith(b"over"):
                self.heard = self.heard.removesuffix(b"over")
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.create_connection(self._socket.getsockname()) as goodbye:
            goodbye.sendall(b"over")
        self._thread.join(10)
        self._socket.close()
