"""Which devices are fit for rollouts, what the others lack, and how to mend it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate import escape
from tidegate.model.answer import Lost, Refused
from tidegate.model.examined import Examined
from tidegate.model.project import Device
from tidegate.report.people import count, duration, names

_LEAST = 64 * 1024
"""KiB that a device should have free: new files and their former ones lie beside each other."""
_PACKAGES = {"flock": "util-linux", "setsid": "util-linux", "tar": "tar"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What one device said when it was asked; `seconds` is how long that took."""

    device: Device
    said: Examined | Lost | Refused
    seconds: float

    @property
    def fit(self) -> bool:
        return not list(troubles(self))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a device is not fit, and what a person does about it."""

    what: str
    mend: str = ""


def troubles(checked: Checked) -> Iterator[Trouble]:
    """What keeps it from being rolled out to; nothing for one that is fit."""
    said = checked.said
    match said:
        case Refused():
            yield Trouble(said.text, "Compare the key with the device's own: ssh-keygen -lf /etc/ssh/ssh_host_*.pub")
        case Lost():
            yield Trouble(said.text or "it does not answer")
        case Examined():
            yield from _lacking(said)


def _lacking(said: Examined) -> Iterator[Trouble]:
    for tool in said.missing:
        yield Trouble(f"{tool} is missing", f"Install {_PACKAGES.get(tool, 'coreutils')} on it")
    if not said.writable:
        mend = "ssh: {sudo: true}, or log in as root" if not said.root else "Its file system is read-only?"
        yield Trouble("/var/lib/tidegate cannot be made or written", mend)
    if said.free < _LEAST:
        yield Trouble("less than 64 MiB are free in /var/lib", "Make room on it")


def notes(checked: Checked) -> Iterator[str]:
    """What is good to know of a device that is fit."""
    if isinstance(checked.said, Examined) and not checked.said.systemd:
        yield "no systemd: a change that is armed when it reboots goes back at the next request, not by itself"
    if isinstance(checked.said, Examined) and not checked.said.root:
        yield "not root: only what this user may write and run can be changed"


def fitness_text(checked: Sequence[Checked]) -> str:
    """The answer, then every trouble once with the devices that have it, then what is good to know."""
    fit = [one for one in checked if one.fit]
    lines = [
        f"{len(fit)} of {count(len(checked), 'device')} {'is' if len(checked) == 1 else 'are'} fit.{_times(checked)}"
    ]
    for trouble, those in _grouped((trouble, one) for one in checked for trouble in troubles(one)):
        lines.append(f"  {escape.line(trouble.what)}: {names(those)}")
        if trouble.mend:
            lines.append(f"      {trouble.mend}")
    for note, those in _grouped((note, one) for one in fit for note in notes(one)):
        lines.append(f"  note: {note}: {names(those)}")
    if len(fit) < len(checked):
        lines.append("Each of them: tidegate fleet check --format json      only some: -l SELECTOR")
    return "\n".join(lines)


def _grouped(found: Iterator[tuple[Any, Checked]]) -> list[tuple[Any, list[str]]]:
    groups: dict[Any, list[str]] = {}
    for what, one in found:
        groups.setdefault(what, []).append(one.device.name)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _times(checked: Sequence[Checked]) -> str:
    answered = sorted((one.seconds, one.device.name) for one in checked if isinstance(one.said, Examined))
    if not answered:
        return ""
    slowest, name = answered[-1]
    middle = statistics.median(seconds for seconds, _ in answered)
    if len(answered) == 1:
        return f" It answered in {_precise(slowest)}."
    return f" Half of them answered within {_precise(middle)}; slowest {name}, {_precise(slowest)}."


def _precise(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)


def fitness_json(checked: Sequence[Checked]) -> dict[str, Any]:
    """Everything, device by device."""
    return {
        "fit": sum(one.fit for one in checked),
        "devices": [
            {
                "name": one.device.name,
                "fit": one.fit,
                "seconds": round(one.seconds, 3),
                "troubles": [{"what": trouble.what, "mend": trouble.mend} for trouble in troubles(one)],
                "notes": list(notes(one)),
                **(_facts(one.said) if isinstance(one.said, Examined) else {}),
            }
            for one in checked
        ],
    }


def _facts(said: Examined) -> dict[str, Any]:
    return {
        "shell": said.shell,
        "root": said.root,
        "free_kib": said.free,
        "missing": list(said.missing),
        "systemd": said.systemd,
    }
