"""What follows from an answer: GitHub's own rule for limits, faults and permissions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.github.answer import Again, Answer, Call, Lost, Patience, judge
from tidegate.github.trouble import (
    AnswerLost,
    Away,
    BadToken,
    Forbidden,
    GitHubError,
    LimitReached,
    NotThere,
    Refused,
)

READ = Call("read who approved run 7", "actions: read")
WRITE = Call("create the check `x`", "checks: write", repeatable=False)
NOW = 1_000_000.0
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait."}


def follows(answer: Answer | Lost, call: Call = READ, tries: int = 1, waited: float = 0.0) -> Any:
    return judge(call, answer, tries, waited, NOW, Patience())


@pytest.mark.parametrize("call", [READ, WRITE])
def test_a_limit_says_how_long(call: Call) -> None:
    for status in (403, 429):
        assert follows(Answer(status, {"retry-after": "30"}), call) == Again(30, limited=True)
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 40)}
    assert follows(Answer(403, reset), call) == Again(41, limited=True)
    assert follows(Answer(403, {**reset, "retry-after": "5"}), call) == Again(5, limited=True)


def test_a_limit_that_does_not_say_is_a_minute_doubled_each_time() -> None:
    waits = [follows(Answer(403, {}, SECONDARY), tries=tries).seconds for tries in (1, 2, 3, 4)]
    assert waits == [60, 120, 240, 480]
    assert follows(Answer(429)) == Again(60, limited=True)
    limited = Answer(200, {}, {"errors": [{"type": "RATE_LIMITED", "message": "x"}]})
    assert follows(limited) == Again(60, limited=True)


def test_a_wait_that_is_too_long_is_an_error_and_not_a_job_that_stands_still() -> None:
    said = follows(Answer(403, {"retry-after": "3600"}))
    assert isinstance(said, LimitReached)
    assert said.message == "cannot read who approved run 7: GitHub's rate limit, for 3600 s more"
    assert isinstance(follows(Answer(429), tries=6), LimitReached)
    assert isinstance(follows(Answer(429), waited=850), LimitReached)


def test_a_refusal_without_a_sign_of_a_limit_is_a_permission_that_is_missing() -> None:
    body = {"message": "Resource not accessible by integration"}
    said = follows(Answer(403, {"x-ratelimit-remaining": "900"}, body), WRITE)
    assert isinstance(said, Forbidden)
    assert said.permission == "checks: write"
    assert said.exit_code == 3
    said = follows(Answer(403, {"x-accepted-github-permissions": "pull_requests=read; contents=read"}, body))
    assert isinstance(said, Forbidden)
    assert said.permission == "pull-requests: read"
    assert follows(Answer(403, {}, body), Call("do it", "")).permission == ""


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, BadToken), (404, NotThere), (410, NotThere), (409, Refused), (422, Refused), (304, Refused)],
)
def test_other_refusals(status: int, kind: type[GitHubError]) -> None:
    said = follows(
        Answer(status, {}, {"message": "no\n::error::", "errors": ["x", {"field": "ref", "code": "invalid"}]})
    )
    assert isinstance(said, kind)
    assert r"no\n::error::; x; ref invalid" in said.message


@pytest.mark.parametrize("answer", [Answer(502), Lost("reset", sent=True)])
def test_what_may_have_been_done_is_not_sent_twice(answer: Answer | Lost) -> None:
    assert follows(answer) == Again(1)
    assert isinstance(follows(answer, WRITE), AnswerLost)


def test_what_never_left_is_sent_again_whatever_it_is() -> None:
    refused = Lost("connection refused", sent=False)
    assert [follows(refused, WRITE, tries).seconds for tries in (1, 2, 3, 4, 5)] == [1, 2, 4, 8, 16]
    said = follows(refused, WRITE, 6)
    assert isinstance(said, Away)
    assert "connection refused, 6 times" in said.message


@given(
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-accepted-github-permissions"]),
        st.text() | st.integers().map(str),
    ),
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["message", "errors", "type", "field", "code"]), inner)
        ),
    ),
    st.integers(1, 9),
)
def test_no_answer_is_too_odd(status: int, headers: dict[str, str], body: Any, tries: int) -> None:
    said = judge(WRITE, Answer(status, headers, body), tries, 0.0, NOW, Patience())
    if isinstance(said, Again):
        assert 1 <= said.seconds <= Patience().seconds
        assert tries < Patience().tries
    elif isinstance(said, GitHubError):
        assert "\n" not in said.message
    else:
        assert said.status < 300
