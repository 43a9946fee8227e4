"""The fleet as a table and as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegate import escape
from tidegate.model.canonical import instant
from tidegate.model.project import Device

_HEAD = ("device", "address", "driver", "labels")


def fleet_text(devices: Sequence[Device], total: int) -> str:
    """How many, then a line for each: name, address, driver, labels, and why it is held."""
    rows = [_HEAD, *(_row(device) for device in devices)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]
    return "\n".join([f"{len(devices)} of {total} devices", *lines])


def fleet_json(devices: Sequence[Device]) -> list[dict[str, Any]]:
    """Everything that is known of each device. Options name secrets, they do not hold them."""
    return [
        {
            "name": device.name,
            "address": device.address,
            "driver": device.driver,
            "labels": dict(device.labels),
            "vars": dict(device.vars),
            "options": dict(device.options),
            "hold": {"reason": device.hold.reason, "until": instant(device.hold.until)} if device.hold else None,
            "file": device.file,
        }
        for device in devices
    ]


def _row(device: Device) -> tuple[str, ...]:
    labels = " ".join(f"{key}={value}" for key, value in sorted(device.labels.items()))
    held = f"  held until {instant(device.hold.until)}: {device.hold.reason}" if device.hold else ""
    return tuple(escape.line(cell) for cell in (device.name, device.address, device.driver, labels + held))
