"""What a project asks for, as digests (records.md): commands, reach, and the artifacts' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from tidegate.model.artifact import Artifact
from tidegate.model.canonical import Json, digest
from tidegate.model.project import Device, Project
from tidegate.model.wanted import Wanted, Wish
from tidegate.project.settle import Settled, settled


def wish(project: Project, artifacts: Mapping[tuple[str, str], Artifact]) -> Wish:
    """Everything the artifacts stand for. A device without an artifact is not in it."""
    devices: dict[str, dict[str, Wanted]] = {}
    known: dict[tuple[object, ...], str] = {}
    for (name, component), artifact in artifacts.items():
        now = settled(project, project.components[component], project.fleet[name])
        key = (now.validate, now.activate, now.timeout, now.health, now.reconnect)
        if key not in known:
            known[key] = commands_digest(project, now)
        devices.setdefault(name, {})[component] = Wanted(artifact.digest, known[key], now.timeout)
    return Wish(devices, {name: reach_digest(project.fleet[name]) for name in devices})


def commands_digest(project: Project, now: Settled) -> str:
    """Of what decides how a component is put on a device, and when it is well there. What is not said is not in it."""
    return digest(
        {
            "v": 1,
            "validate": now.validate,
            "activate": now.activate,
            "timeout": now.timeout,
            "health": [asdict(project.probes[name]) for name in now.health],
            **({"reconnect": True} if now.reconnect else {}),
        }
    )


def reach_digest(device: Device) -> str:
    """Of how a device is reached: driver, address, options. Secrets stand in options by name only."""
    options: dict[str, Json] = {key: _plain(value) for key, value in device.options.items()}
    return digest({"v": 1, "driver": device.driver, "address": device.address, "options": options})


def _plain(value: Json) -> Json:
    return list(value) if isinstance(value, tuple) else value
