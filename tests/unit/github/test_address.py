"""Where GitHub is, and what may be told to whom."""

from __future__ import annotations

import pytest

from tidegate.errors import UsageError
from tidegate.github.address import address
from tidegate.github.token import Token
from tidegate.github.wire import part, same_origin

REPOSITORY = {"GITHUB_REPOSITORY": "acme/fleet"}


def test_github_com_unless_the_runner_says_otherwise() -> None:
    there = address(REPOSITORY)
    assert (there.api, there.graphql, there.server) == (
        "https://api.github.com",
        "https://api.github.com/graphql",
        "https://github.com",
    )
    assert (there.owner, there.name, there.git) == ("acme", "fleet", "https://github.com/acme/fleet.git")


def test_enterprise_server() -> None:
    there = address({**REPOSITORY, "GITHUB_API_URL": "https://git.acme.example/api/v3/", "SSL_CERT_FILE": "/ca.pem"})
    assert there.api == "https://git.acme.example/api/v3"
    assert there.graphql == "https://git.acme.example/api/graphql"
    assert there.certificates == "/ca.pem"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"])
def test_without_encryption_only_on_this_machine(url: str) -> None:
    assert address({**REPOSITORY, "GITHUB_API_URL": url}).api == url


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"GITHUB_REPOSITORY": "fleet"},
        {"GITHUB_REPOSITORY": "acme/../x"},
        {"GITHUB_REPOSITORY": "acme/.."},
        {"GITHUB_REPOSITORY": "acme/fl\neet"},
        {**REPOSITORY, "GITHUB_API_URL": "http://git.acme.example"},
        {**REPOSITORY, "GITHUB_API_URL": "http://127.0.0.1.example"},
        {**REPOSITORY, "GITHUB_API_URL": "ftp://x"},
        {**REPOSITORY, "GITHUB_API_URL": "https://me:secret@x"},
        {**REPOSITORY, "GITHUB_SERVER_URL": "https://"},
    ],
)
def test_what_is_no_address(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        address(wrong)
    assert "\n" not in refused.value.message
    assert refused.value.hint


def test_a_token_shows_itself_nowhere() -> None:
    token = Token(" ghs_secret \n")
    assert token.reveal() == "ghs_secret"
    assert "secret" not in f"{token!r} {token} {[token]}"


@pytest.mark.parametrize("wrong", ["", "  ", "a b", "a\nb", "ä"])
def test_what_is_no_token(wrong: str) -> None:
    with pytest.raises(UsageError) as refused:
        Token(wrong)
    assert not wrong.strip() or wrong.strip() not in refused.value.message


def test_a_part_of_a_path_stays_one() -> None:
    assert part("a/b c?d#e") == "a%2Fb%20c%3Fd%23e"
    assert part("..") == "%2E%2E"
    assert same_origin("https://a/x", "https://a/y")
    for other in ("http://a/x", "https://b/x", "https://a:444/x", "//a/x", ""):
        assert not same_origin("https://a/x", other)
