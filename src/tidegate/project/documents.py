"""All files of a project that were read, and the complaints about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.model.place import Finding, Location, Place, Severity
from tidegate.model.project import Device
from tidegate.project.source import Document


@dataclass(frozen=True, slots=True)
class Documents:
    """Our own files by path. `defaults_of`: where a CSV file's `defaults` stand; `probes`: where each probe does."""

    project_file: str = ""
    read: Mapping[str, Document] = field(default_factory=dict)
    defaults_of: Mapping[str, tuple[str, Place]] = field(default_factory=dict)
    probes: Mapping[str, tuple[str, Place]] = field(default_factory=dict)

    def locate(self, file: str, place: Place = ()) -> Location:
        """Where the value at `place` stands; the file's first line where it was not read by us."""
        return self.read[file].locate(place) if file in self.read else Location(file)

    def locate_key(self, file: str, place: Place) -> Location:
        return self.read[file].locate_key(place) if file in self.read else Location(file)

    def says(self, file: str, place: Place) -> bool:
        """Is there a value at `place`?"""
        here: Any = self.read[file].written if file in self.read else None
        for step in place:
            there = range(len(here)) if isinstance(here, list) else here
            if not isinstance(there, Mapping | range) or step not in there:
                return False
            here = here[step]
        return True

    def layers_of(self, device: Device) -> Iterator[tuple[str, Place]]:
        """Where things are said about a device, the last word first: it, its file's defaults, the project's."""
        yield device.file, ("devices", device.name)
        yield self.defaults_of.get(device.file, (device.file, ("defaults",)))
        yield self.project_file, ("defaults",)


@dataclass(slots=True)
class Desk:
    """Where a project is put together: documents as they are read, findings as they are made."""

    project_file: str
    read: dict[str, Document] = field(default_factory=dict)
    defaults_of: dict[str, tuple[str, Place]] = field(default_factory=dict)
    probes: dict[str, tuple[str, Place]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def documents(self) -> Documents:
        return Documents(self.project_file, self.read, self.defaults_of, self.probes)

    def find(
        self,
        rule: str,
        message: str,
        file: str,
        place: Place = (),
        *,
        fix: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """A finding about the value at `place`."""
        where = self.documents().locate(file, place)
        self.findings.append(Finding(rule, message, where, severity, fix))

    def find_key(self, rule: str, message: str, file: str, place: Place, *, fix: str = "") -> None:
        """A finding about the key of `place`, or about what lacks in the map behind it."""
        self.findings.append(Finding(rule, message, self.documents().locate_key(file, place), fix=fix))

    def report(self) -> tuple[Finding, ...]:
        """Each finding once, by file and place."""
        return tuple(sorted(dict.fromkeys(self.findings), key=lambda finding: (finding.location, finding.rule)))
