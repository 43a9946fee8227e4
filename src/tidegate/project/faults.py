"""The same fault on many devices, said once with their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.model.place import Finding, Location

_SHOWN = 5


def some(names: list[str]) -> str:
    """The first five names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " ".join(names[:_SHOWN]) + more


@dataclass(slots=True)
class Faults:
    """Faults of templates as they come, device by device."""

    _devices: dict[tuple[str, str, Location, str], list[str]] = field(default_factory=dict)

    def add(self, rule: str, message: str, where: Location, device: str, *, fix: str = "") -> None:
        self._devices.setdefault((rule, message, where, fix), []).append(device)

    def findings(self) -> Iterator[Finding]:
        for (rule, message, where, fix), devices in self._devices.items():
            yield Finding(rule, f"{message} (for {some(devices)})", where, fix=fix)
