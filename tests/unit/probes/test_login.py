"""Looks by coming in anew."""

from __future__ import annotations

import asyncio

import pytest

from looking import a_device
from tidegate.clock import SystemClock
from tidegate.model.answer import Answer, Ended, Failed, Lost, Refused
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Login, Look
from tidegate.probes.base import Glance
from tidegate.probes.login import LoginProber


def glance(answer: Answer) -> Glance:
    async def ask(device: Device, verb: Look | Login) -> Answer:
        assert verb == Login(7)
        return answer

    probe = Probe("door", "login", "", timeout=7)
    return asyncio.run(LoginProber(clock=SystemClock()).look(probe, a_device(), ask))


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (Ended(0), Glance(True, "logged in")),
        (Ended(1, "no home"), Glance(False, "logged in, and a shell ended with 1: no home")),
        (Lost("connection refused"), Glance(False, "no way in: connection refused")),
        (Refused("host_key_changed", "another key"), Glance(False, "no way in: another key")),
    ],
)
def test_what_happened_at_the_door_is_evidence(answer: Answer, seen: Glance) -> None:
    assert glance(answer) == seen


@pytest.mark.parametrize("answer", [Failed("the driver failed: no files left"), Refused("token", "newer")])
def test_what_lies_with_us_is_none(answer: Answer) -> None:
    assert glance(answer).healthy is None
