"""Looks by HTTP at real servers on the loopback."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from looking import Serve, a_device, answering, free_port, look, serving, silent
from tidegate.clock import SystemClock
from tidegate.probes.base import Glance
from tidegate.probes.http import HttpProber

HERE = "http://{{ device.host }}:{{ device.vars.port }}/healthz"


def seen(serve: Serve, value: str = HERE, host: str = "127.0.0.1", **fields: Any) -> tuple[bool | None, str]:
    """What a look saw; the port is written PORT."""

    async def run() -> tuple[bool | None, str]:
        prober = HttpProber(clock=SystemClock())
        async with serving(serve, host) as port:
            glance = await look(prober, a_device(port, address=host), value, "http", **fields)
        await prober.close()
        return glance.healthy, glance.text.replace(str(port), "PORT")

    return asyncio.run(run())


def test_the_wanted_status_is_healthy() -> None:
    assert seen(answering()) == (True, "HTTP 200")
    assert seen(answering("204 No Content"), expect=204) == (True, "HTTP 204")


def test_another_status_is_not() -> None:
    assert seen(answering("502 Bad Gateway")) == (False, "HTTP 502 from http://127.0.0.1:PORT/healthz")
    assert seen(answering(), expect=204) == (False, "HTTP 200 from http://127.0.0.1:PORT/healthz, not 204")


def test_a_redirect_is_not_followed() -> None:
    healthy, text = seen(answering("302 Found", headers="location: http://127.0.0.1:1/\r\n"))
    assert (healthy, text.split()[:2]) == (False, ["HTTP", "302"])


def test_ipv6_addresses_are_put_in_brackets() -> None:
    assert seen(answering(), host="::1") == (True, "HTTP 200")


def test_the_body_must_have_what_is_expected() -> None:
    assert seen(answering(body=b'{"ready": true}'), expect_body='"ready": *true') == (True, "HTTP 200")
    healthy, text = seen(answering(body=b'{"ready": false}'), expect_body='"ready": *true')
    assert (healthy, "nothing in the body" in text) == (False, True)


def test_only_the_first_64_kib_of_a_body_are_read() -> None:
    assert seen(answering(body=b"x" * 65530 + b"needle"), expect_body="needle")[0] is True
    assert seen(answering(body=b"x" * 65531 + b"needle"), expect_body="needle")[0] is False


def test_a_packed_body_is_not_unpacked() -> None:
    packed = answering(body=gzip.compress(b"needle" * 1000), headers="content-encoding: gzip\r\n")
    assert seen(packed, expect_body="needle")[0] is False


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    assert seen(answering()) == (True, "HTTP 200")


def test_silence_ends_with_the_timeout() -> None:
    assert seen(silent, timeout=0.2) == (False, "http://127.0.0.1:PORT/healthz: no answer in 0.2 s")


def test_an_answer_that_trickles_ends_with_the_timeout_too() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert seen(trickle, timeout=0.2)[0] is False


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and leaves."""
    writer.close()


async def _chatter(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-x\r\n\r\n")


@pytest.mark.parametrize("serve", [_hang_up, _chatter])
def test_what_speaks_no_http_is_unhealthy(serve: Serve) -> None:
    assert seen(serve)[0] is False


def test_a_refused_connection_says_so() -> None:
    async def run() -> Glance:
        prober = HttpProber(clock=SystemClock())
        return await look(prober, a_device(await free_port()), HERE, "http")

    glance = asyncio.run(run())
    assert (glance.healthy, glance.text.rpartition(": ")[2]) == (False, "connection refused")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("ftp://{{ device.host }}/", "is no URL"),
        ("http://[::1/", "http://[::1/"),
        ("http://{{ device.labels.site }}/", "there is no `site` here"),
        ("http://{{ device.host", "end of print statement"),
    ],
)
def test_what_cannot_be_asked_is_no_evidence(value: str, says: str) -> None:
    healthy, text = seen(answering(), value)
    assert healthy is None
    assert says in text


def test_every_look_is_a_new_connection() -> None:
    """A connection kept open would still answer where no new one is taken."""
    taken = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        await answering()(reader, writer)

    async def run() -> None:
        prober = HttpProber(clock=SystemClock())
        async with serving(count) as port:
            for _ in range(3):
                assert (await look(prober, a_device(port), HERE, "http")).healthy
        await prober.close()

    asyncio.run(run())
    assert len(taken) == 3
