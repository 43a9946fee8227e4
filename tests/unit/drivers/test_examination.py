"""A device's answer to the question whether it is fit, and what people are told about it."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from tidegate.drivers.examination import Examination
from tidegate.drivers.program import device_program
from tidegate.model.answer import Lost, Refused
from tidegate.model.examined import Examined
from tidegate.model.project import Device
from tidegate.report.fitness import Checked, fitness_json, fitness_text

FIT = Examined("/usr/bin/dash", root=True, writable=True, free=1_000_000, missing=(), systemd=True)


def answer(asked: Examination, *lines: str) -> bytes:
    nonce = asked.words[3]
    return "".join(f"TG1 {nonce} {line}\n" for line in lines).encode()


def test_what_a_device_says_is_read_between_noise() -> None:
    asked = Examination("")
    said = b"Welcome!\nTG1 forged missing tar\n" + answer(
        asked, "shell /usr/bin/dash", "user 0", "missing flock", "writable", "free 2048", "end 0"
    )
    assert asked.read(said) == Examined("/usr/bin/dash", True, True, 2048, ("flock",), systemd=False)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "nothing was answered"),
        (("shell /bin/sh",), "it did not answer to the end"),
        (("shell /bin/sh", "user 0", "free much", "end 0"), "an answer that cannot be read"),
        (("user 0", "free 3", "end 0"), "an answer that cannot be read"),
    ],
)
def test_half_an_answer_is_none(lines: tuple[str, ...], why: str) -> None:
    asked = Examination("")
    read = asked.read(answer(asked, *lines))
    assert isinstance(read, Lost)
    assert read.text.startswith(why)


def test_it_asks_for_what_the_device_program_needs() -> None:
    (needed,) = re.findall(r"for tool in ([a-z0-9 ]+); do", device_program())
    examined = files("tidegate.drivers").joinpath("examine.sh").read_text(encoding="utf-8")
    assert f"for tool in {needed}; do" in examined


def checked(name: str, said: Examined | Lost | Refused, seconds: float = 0.1) -> Checked:
    return Checked(Device(name, name, "ssh"), said, seconds)


def test_troubles_are_said_once_with_all_who_have_them() -> None:
    poor = Examined("/bin/busybox", root=False, writable=False, free=1, missing=("flock",), systemd=False)
    fleet = [
        checked("web-1", FIT, 0.25),
        checked("web-2", poor),
        checked("web-3", poor),
        checked("web-4", Lost("gone")),
    ]
    text = fitness_text(fleet)
    assert text.splitlines()[0] == "1 of 4 devices are fit. Half of them answered within 0.10 s; slowest web-1, 0.25 s."
    assert "  flock is missing: web-2 web-3\n      Install util-linux on it" in text
    assert (
        "  /var/lib/tidegate cannot be made or written: web-2 web-3\n      ssh: {sudo: true}, or log in as root" in text
    )
    assert "  less than 64 MiB are free in /var/lib: web-2 web-3" in text
    assert "  gone: web-4" in text


def test_a_fit_fleet_is_one_line() -> None:
    assert fitness_text([checked("web-1", FIT)]) == "1 of 1 device is fit. It answered in 0.10 s."


def test_what_a_device_says_never_is_a_command() -> None:
    text = fitness_text([checked("web-1", Lost("::error::x\n\x1b[31m##[group]y"))])
    assert "\x1b" not in text
    assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines())


def test_everything_is_in_the_document() -> None:
    said = fitness_json([checked("web-1", FIT), checked("web-2", Refused("host_key_changed", "another key"))])
    assert said["fit"] == 1
    assert said["devices"][0]["free_kib"] == 1_000_000
    assert said["devices"][1]["troubles"][0]["what"] == "another key"
