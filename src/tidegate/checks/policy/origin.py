"""Where a file on a device was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidegate.model.place import Place
from tidegate.model.project import Component, Device, FileSource
from tidegate.project.settle import fitting


def origin(component: Component, device: Device, target: str) -> tuple[Place, str]:
    """The place in the component's file that puts `target` on the device, and the file of the repository it comes of.

    The path is empty for a file of a folder that the device gets whole.
    """
    for place, files in _layers(component, device):
        if target in files:
            return (*place, target), files[target].path
        for folder in sorted((name for name in files if name.endswith("/")), key=len, reverse=True):
            if target.startswith(folder):
                return (*place, folder), ""
    return (), ""


def _layers(component: Component, device: Device) -> Iterator[tuple[Place, Mapping[str, FileSource]]]:
    """The last word first."""
    for index, override in reversed(list(fitting(component, device))):
        yield ("overrides", index, "files"), override.settings.get("files", {})
    yield ("files",), component.files
