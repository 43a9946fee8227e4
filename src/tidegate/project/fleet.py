"""The fleet: devices of all files, each merged from what the project, its file and it say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.model.place import Place
from tidegate.model.project import Device, Hold
from tidegate.project.documents import Desk
from tidegate.project.faults import some
from tidegate.project.paths import resolve
from tidegate.project.shapes_fleet import DeviceShape, FleetShape
from tidegate.types.shape import Shape

DEFAULT_DRIVER = "ssh"
RESERVED = ("name", "driver", "file")
_DEVICE_NAME = re.compile(r"\{\{\s*device\.name\s*\}\}")


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place says about devices. Later layers win, key by key in labels, vars and a driver's options."""

    said: DeviceShape
    file: str
    place: Place


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A file of devices and what its devices have in common."""

    file: str
    shape: FleetShape
    defaults: Layer


def merge_fleet(desk: Desk, project_defaults: Layer, files: Sequence[FleetFile]) -> dict[str, Device]:
    """Every device by its name. A device stands in one file only."""
    fleet: dict[str, Device] = {}
    for fleet_file in files:
        below = (project_defaults, fleet_file.defaults)
        for name, said in fleet_file.shape.devices.items():
            place = ("devices", name)
            if name in fleet:
                other = desk.documents().locate_key(fleet[name].file, place)
                desk.find_key("device-twice", f"`{name}` stands in {other} already", fleet_file.file, place)
                continue
            own = Layer(said or DeviceShape(), fleet_file.file, place)
            fleet[name] = _device(desk, name, (*below, own))
    _check_labels(desk, fleet)
    _check_roots(desk, fleet)
    return fleet


def _device(desk: Desk, name: str, of: Sequence[Layer]) -> Device:
    layers, own = [layer.said for layer in of], of[-1]
    driver = _last(said.driver for said in layers) or DEFAULT_DRIVER
    hold = _last(said.hold for said in layers)
    return Device(
        name=name,
        address=_last(said.address for said in layers) or name,
        driver=driver,
        labels=_merged(said.labels for said in layers),
        vars=_merged(said.vars for said in layers),
        options=_options(desk, name, driver, of),
        hold=Hold(hold.reason, hold.until) if hold else None,
        file=own.file,
        own_vars=own.said.vars,
    )


def _options(desk: Desk, name: str, driver: str, layers: Sequence[Layer]) -> Mapping[str, Any]:
    options: dict[str, Any] = {}
    for layer in layers:
        shape: Shape | None = getattr(layer.said, driver, None)
        said = {} if shape is None else shape.model_dump(exclude_none=True)
        if "known_hosts" in said:
            said["known_hosts"] = _path(desk, layer, (driver, "known_hosts"), said["known_hosts"])
        options.update(said)
    if "root" in options:
        options["root"] = _DEVICE_NAME.sub(name, options["root"])
    return options


def _path(desk: Desk, layer: Layer, place: Place, said: str) -> str:
    """A path of the repository, from the file that says it."""
    try:
        return resolve(layer.file, said)
    except ValueError as error:
        desk.find("outside", str(error), layer.file, (*layer.place, *place))
        return ""


def _last(values: Iterator[Any]) -> Any:
    found = None
    for value in values:
        found = value if value is not None else found
    return found


def _merged(maps: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for one in maps:
        result.update(one)
    return result


def _check_labels(desk: Desk, fleet: Mapping[str, Device]) -> None:
    """Commands see labels as TIDEGATE_LABEL_<KEY>: two must not become one. Some names are the device's own."""
    told: set[tuple[str, ...]] = set()
    for device in fleet.values():
        labels = tuple(device.labels)
        if labels in told:
            continue
        told.add(labels)
        place = ("devices", device.name, "labels")
        for label in labels:
            if label in RESERVED:
                wrong = f"selectors ask for `{label}` of the device itself; a label cannot be called so"
                desk.find("reserved-label", wrong, device.file, (*place, label))
        seen: dict[str, str] = {}
        for label in labels:
            other = seen.setdefault(shell_name(label), label)
            if other != label:
                wrong = f"labels `{other}` and `{label}` are both TIDEGATE_LABEL_{shell_name(label)} to commands"
                desk.find("labels-collide", wrong, device.file, (*place, label))


def shell_name(label: str) -> str:
    """A label as part of a variable's name: upper case, all else than A-Z 0-9 becomes `_`."""
    return re.sub(r"[^A-Z0-9]", "_", label.upper())


def _check_roots(desk: Desk, fleet: Mapping[str, Device]) -> None:
    owners: dict[tuple[object, ...], list[Device]] = {}
    for device in fleet.values():
        root = device.options.get("root")
        if root is None and device.driver == "local":
            fix = 'Write local: {root: "../devices/{{ device.name }}"} in `defaults`.'
            wrong = f"driver local needs `root`, the folder that stands for {device.name}"
            desk.find_key("missing-key", wrong, device.file, ("devices", device.name), fix=fix)
        elif root is not None and ("{{" in root or "{%" in root):
            wrong = f"only {{{{ device.name }}}} may stand in a root, not `{root}`"
            desk.find("bad-value", wrong, *origin(desk, device, (device.driver, "root")))
        elif root is not None or device.driver == "ssh":
            owners.setdefault((*_machine(device), posixpath.normpath(root or "/")), []).append(device)
    for (*_, root), devices in owners.items():
        if len(devices) > 1:
            _find_same(desk, devices, root)


def _find_same(desk: Desk, devices: Sequence[Device], root: object) -> None:
    names, last = some([one.name for one in devices]), devices[-1]
    if root == "/":
        wrong = f"{names} are one machine, `{last.address}`: they would overwrite each other"
        fix = "Write each machine once; devices that are folders of one have a `root` each."
        desk.find("same-root", wrong, *origin(desk, last, ("address",)), fix=fix)
        return
    wrong = f"{names} have one root, `{root}`: they would overwrite each other"
    parent = "../devices" if last.driver == "local" else "/srv"
    fix = f'Let the name tell them apart: root: "{parent}/{{{{ device.name }}}}"'
    desk.find("same-root", wrong, *origin(desk, last, (last.driver, "root")), fix=fix)


def _machine(device: Device) -> tuple[object, ...]:
    """The machine on which its root lies: an address means another one behind every jump host."""
    said = device.options
    where = () if device.driver == "local" else (device.address, said.get("port", 22), tuple(said.get("jump", ())))
    return (device.driver, *where)


def origin(desk: Desk, device: Device, place: Place) -> tuple[str, Place]:
    """Which file and place has the last word about something of a device."""
    documents = desk.documents()
    for file, layer in documents.layers_of(device):
        if documents.says(file, (*layer, *place)):
            return file, (*layer, *place)
    return device.file, ("devices", device.name)
