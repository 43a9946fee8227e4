"""Projects to plan for, in words: devices by name, waves by selector, one digest for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tidegate.model.canonical import digest
from tidegate.model.plan import Plan
from tidegate.model.project import Component, Device, Probe, Project, Strategy, Wave
from tidegate.model.value import Amount
from tidegate.model.wanted import Wanted, Wish
from tidegate.project.selectors import parse_selector
from tidegate.rollout.planner import Refused, plan

OLD, NEW = "sha256:old", "sha256:new"
SERVES = Probe("serves", "http", "http://{{ device.host }}/healthz")


def a_device(name: str, **labels: str) -> Device:
    """`ber-web-01` is of site ber; `ber-stg-01` too, and is staging."""
    site, _, rest = name.partition("-")
    env = "staging" if rest.startswith("stg") else "production"
    return Device(name, name, "simulated", {"site": site, "env": env, **labels}, file="fleet/all.yaml")


def a_wave(name: str, select: str = "all", up_to: str = "100%", **fields: Any) -> Wave:
    fields = {key: Amount.parse(value) if key == "max_failures" else value for key, value in fields.items()}
    return Wave(name, parse_selector(select), Amount.parse(up_to), **fields)


THREE = (
    a_wave("staging", "env=staging"),
    a_wave("canary", "env=production", "10%"),
    a_wave("everyone", "env=production"),
)


def a_project(
    devices: str | Iterable[Device], waves: Iterable[Wave] = THREE, *components: Component, **strategy: Any
) -> Project:
    """One strategy, `default`; without other components `nginx` on every device."""
    fleet = [a_device(name) for name in devices.split()] if isinstance(devices, str) else list(devices)
    parts = components or (a_component("nginx"),)
    return Project(
        name="shop",
        fleet={device.name: device for device in fleet},
        components={component.name: component for component in parts},
        strategies={"default": Strategy("default", tuple(waves), **strategy)},
        probes={"serves": SERVES, **{name: Probe(name, "command", "true") for name in ("up", "deep")}},
        production=parse_selector("env=production"),
    )


def a_component(name: str, select: str = "all", **fields: Any) -> Component:
    file = f"components/{name}/component.yaml"
    return Component(name, "files", parse_selector(select), **{"strategy": "default", "file": file, **fields})


def wants(project: Project, to: str = NEW, timeout: int = 300) -> Wish:
    """Every component on every device that it selects, all of one digest."""
    devices: dict[str, dict[str, Wanted]] = {}
    for device in project.fleet.values():
        for component in project.components.values():
            if component.select.matches(device.selectable):
                devices.setdefault(device.name, {})[component.name] = Wanted(to, "sha256:commands", timeout)
    return Wish(devices, {name: digest(name) for name in devices})


def answer(project: Project, running: Mapping[str, Mapping[str, str]] | None = None, **more: Any) -> Plan | Refused:
    bad = more.pop("bad", frozenset())
    wanted = more.pop("wanted", None) or wants(project)
    return plan(project, wanted, running or {}, bad, strategy="default", **more)


def planned(project: Project, running: Mapping[str, Mapping[str, str]] | None = None, **more: Any) -> Plan:
    """The plan of a project against which nothing speaks."""
    made = answer(project, running, **more)
    assert isinstance(made, Plan), made
    return made


def refused(project: Project, running: Mapping[str, Mapping[str, str]] | None = None, **more: Any) -> Refused:
    made = answer(project, running, **more)
    assert isinstance(made, Refused), made
    return made


def sizes(made: Plan) -> dict[str, int]:
    return {wave.name: len(wave.members) for wave in made.waves}
