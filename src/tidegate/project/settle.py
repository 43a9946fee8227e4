"""What a component is for one device, after defaults, overrides and the device's own word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.model.project import Component, Device, FileSource, Override, Project, Vars
from tidegate.types.files import merged


@dataclass(frozen=True, slots=True)
class Settled:
    """A component for one device. `timeout` in seconds; `health` are names of probes, the strategy's first."""

    files: Mapping[str, FileSource]
    vars: Vars
    validate: tuple[str, ...]
    activate: tuple[str, ...]
    timeout: int
    health: tuple[str, ...]
    reconnect: bool = False


def settled(project: Project, component: Component, device: Device) -> Settled:
    """One order, last wins, key by key: component < defaults < overrides, top to bottom < the device."""
    files: Mapping[str, FileSource] = component.files
    values = {**component.vars, **device.vars}
    settings: dict[str, Any] = {}
    for _, override in fitting(component, device):
        values.update(override.vars)
        files = merged(files, override.settings)
        settings.update(override.settings)
    return Settled(
        files=files,
        vars={**values, **device.own_vars},
        validate=settings.get("validate", component.validate),
        activate=settings.get("activate", component.activate),
        timeout=settings.get("timeout", component.timeout),
        health=tuple(dict.fromkeys((*project.strategies[component.strategy].health, *component.health))),
        reconnect=component.reconnect,
    )


def fitting(component: Component, device: Device) -> Iterator[tuple[int, Override]]:
    """The overrides that fit a device, with their number, top to bottom."""
    if component.overrides:
        labels = device.selectable
        for index, override in enumerate(component.overrides):
            if override.select.matches(labels):
                yield index, override


def pairs(project: Project) -> list[tuple[str, str]]:
    """Every (device, component) that belongs together, sorted."""
    return sorted(
        (device.name, component.name)
        for device in project.fleet.values()
        for component in _of(device, project.components)
    )


def _of(device: Device, components: Mapping[str, Component]) -> Iterator[Component]:
    labels = device.selectable
    return (component for component in components.values() if component.select.matches(labels))
