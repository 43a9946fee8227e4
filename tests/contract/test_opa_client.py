"""What is no answer of OPA's is never taken for one: a server on the loopback that says all sorts of things."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tidegate.checks.policy.opa_client import Connection, OpaAway
from tidegate.checks.policy.opa_ways import over_network
from tidegate.checks.policy.port import PolicyError, Undefined, Value

RULE = "tidegate.a.deny"


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[tuple[Connection, list[str]]]:
    """A server that gives these answers in turn, the last one again and again; and what it was asked."""
    asked: list[str] = []

    class Turn(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, text = answers[min(len(asked), len(answers) - 1)]
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _answer  # noqa: N815 - the words of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Turn)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = Connection(over_network("127.0.0.1", server.server_port, tls=False), "the server")
    try:
        yield connection, asked
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_undefined_rule_is_no_empty_set() -> None:
    with answering((200, "{}")) as (opa, _):
        assert opa.ask(RULE, {}, 5) == Undefined()


def test_what_opa_says_of_a_policy_is_an_error_of_it() -> None:
    said = {
        "code": "internal_error",
        "message": "error(s) occurred while evaluating query",
        "errors": [{"message": "to_number: bad", "location": {"file": "m000000.rego", "row": 3, "col": 2}}],
    }
    with answering((500, json.dumps(said))) as (opa, asked):
        error = PolicyError("error", "to_number: bad", "m000000.rego", 3, 2)
        assert opa.ask(RULE, {}, 5) == error
        assert len(asked) == 1  # the same answer would come again


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_busy_is_asked_again(status: int) -> None:
    with answering((status, "busy"), (200, '{"result": []}')) as (opa, asked):
        assert opa.ask(RULE, {}, 5) == Value([])
        assert asked == ["POST /v1/data/tidegate/a/deny?strict-builtin-errors=true"] * 2


@pytest.mark.parametrize(
    "answer",
    [(200, "no JSON"), (200, "[]"), (200, '"words"'), (401, '{"code": "unauthorized"}'), (500, "<html>"), (500, "[]")],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda opa: opa.ask(RULE, {}, 5),
        lambda opa: opa.version(),
        lambda opa: opa.holds(),
        lambda opa: opa.policies(),
        lambda opa: opa.rules(),
    ],
    ids=["ask", "version", "holds", "policies", "rules"],
)
def test_what_is_no_answer_of_opa_is_none(ask: Callable[[Connection], object], answer: tuple[int, str]) -> None:
    with answering(answer) as (opa, _), pytest.raises(OpaAway, match=r"OPA at the server cannot be used"):
        ask(opa)
