"""Looks by a command, on the device and on the runner."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from looking import a_device, look
from tidegate.clock import SystemClock
from tidegate.model.answer import Answer, Ended, Failed, Lost, Refused, Staged
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Login, Look
from tidegate.probes.base import Glance
from tidegate.probes.command import CommandProber

ENVIRON = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "TOKEN": "t"}


def on_runner(command: str, **fields: Any) -> Glance:
    prober = CommandProber(clock=SystemClock(), environ=ENVIRON)
    return asyncio.run(look(prober, a_device(address="10.0.0.1"), command, "command", where="runner", **fields))


def on_device(answer: Answer) -> tuple[Glance, list[tuple[str, str, int]]]:
    asked = []

    async def ask(device: Device, verb: Look | Login) -> Answer:
        assert isinstance(verb, Look)
        asked.append((device.name, verb.command, verb.timeout))
        return answer

    prober = CommandProber(clock=SystemClock(), environ=ENVIRON)
    probe = Probe("serves", "command", "systemctl is-active nginx", where="device", timeout=7)
    return asyncio.run(prober.look(probe, a_device(), ask)), asked


def test_exit_code_0_is_healthy() -> None:
    assert on_runner("echo fine") == Glance(True, "fine")
    assert on_runner("echo why >&2; exit 3") == Glance(False, "exit code 3: why")
    assert on_runner("exit 3") == Glance(False, "exit code 3")


def test_it_is_sh_that_stops_at_the_first_failure() -> None:
    assert on_runner("false; true").healthy is False
    assert on_runner("echo $MISSING").healthy is False


def test_it_sees_whom_to_look_at_and_nothing_of_ours() -> None:
    said = on_runner("env | sort | tr '\\n' ' '").text.split()
    ours = [word for word in said if not word.startswith(("PWD=", "SHLVL=", "OLDPWD=", "_="))]  # sh's own
    assert ours == ["HOME=/nowhere", "PATH=/usr/bin:/bin", "TIDEGATE_ADDRESS=10.0.0.1", "TIDEGATE_DEVICE=web-01"]


def test_what_does_not_end_is_ended() -> None:
    assert on_runner("sleep 60 & wait", timeout=0.2) == Glance(False, "no end after 0.2 s")


def test_what_does_not_stop_talking_is_ended() -> None:
    assert on_runner("while :; do echo yes; done") == Glance(False, "it said more than 64 KiB")


def test_without_a_shell_there_is_no_evidence() -> None:
    prober = CommandProber(clock=SystemClock(), environ={"PATH": "/nowhere"})
    glance = asyncio.run(look(prober, a_device(), "true", "command", where="runner"))
    assert glance.healthy is None
    assert "cannot run `sh`" in glance.text


@pytest.mark.parametrize(
    ("answer", "glance"),
    [
        (Ended(0), Glance(True)),
        (Ended(1, "it is dead"), Glance(False, "exit code 1: it is dead")),
        (Lost("cut off"), Glance(None, "cut off")),
        (Refused("token", "a newer runner was here"), Glance(None, "a newer runner was here")),
        (Failed(), Glance(None, "no answer")),
        (Staged(), Glance(None, "no answer to a look: Staged")),
    ],
)
def test_the_device_is_asked(answer: Answer, glance: Glance) -> None:
    assert on_device(answer) == (glance, [("web-01", "systemctl is-active nginx", 7)])
