"""Where each variable of a component on a device got its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidegate.model.place import Location, Place
from tidegate.model.project import Component, Device, Project
from tidegate.project.documents import Documents
from tidegate.project.settle import fitting, settled


@dataclass(frozen=True, slots=True)
class Origin:
    """A variable, the value it has in the end, and the line that had the last word."""

    name: str
    value: Any
    where: Location


def explain(project: Project, documents: Documents, component: Component, device: Device) -> list[Origin]:
    """Every variable that a template of this component sees for this device, by name."""
    now = settled(project, component, device)
    return [Origin(name, now.vars[name], _where(documents, component, device, name)) for name in sorted(now.vars)]


def _where(documents: Documents, component: Component, device: Device, name: str) -> Location:
    for file, layer in _layers(documents, component, device):
        place = (*layer, "vars", name)
        if documents.says(file, place):
            return documents.locate_key(file, place)
    return Location(component.file)


def _layers(documents: Documents, component: Component, device: Device) -> Iterator[tuple[str, Place]]:
    """The last word first: the device, the overrides from the bottom, the defaults, the component."""
    own, *defaults = documents.layers_of(device)
    yield own
    for index, _ in reversed(list(fitting(component, device))):
        yield component.file, ("overrides", index)
    yield from defaults
    yield component.file, ()
