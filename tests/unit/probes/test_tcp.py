"""Looks by TCP at real listeners on the loopback."""

from __future__ import annotations

import asyncio

import pytest

from looking import a_device, free_port, look, serving, silent
from tidegate.clock import SystemClock
from tidegate.probes.base import Glance
from tidegate.probes.tcp import TcpProber

HERE = "{{ device.host }}:{{ device.vars.port }}"


def seen(port: int | None, value: str = HERE, host: str = "127.0.0.1") -> Glance:
    """A look at a listener, or at `port` where there is none."""

    async def run() -> Glance:
        prober = TcpProber(clock=SystemClock())
        if port is not None:
            return await look(prober, a_device(port, address=host), value, "tcp")
        async with serving(silent, host) as mine:
            return await look(prober, a_device(mine, address=host), value, "tcp")

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_somebody_listens(host: str) -> None:
    assert seen(None, host=host) == Glance(True, "connected")


def test_nobody_listens() -> None:
    glance = seen(asyncio.run(free_port()))
    assert (glance.healthy, glance.text.rpartition(": ")[2]) == (False, "connection refused")


@pytest.mark.parametrize(
    "value", ["{{ device.host }}", "127.0.0.1:", ":22", "127.0.0.1:0", "127.0.0.1:65536", "::1:22", "[::1:22", "a:b:22"]
)
def test_what_is_no_host_and_port_is_no_evidence(value: str) -> None:
    glance = seen(1, value)
    assert glance.healthy is None
    assert "no host and port" in glance.text
