"""Values of probes, tried for each device: a typing error shows before a rollout asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tidegate.model.place import Finding
from tidegate.model.project import Project
from tidegate.project.documents import Documents
from tidegate.project.faults import Faults
from tidegate.project.probe_address import PROBES, TEMPLATES, Unfilled, host_and_port, url
from tidegate.project.rendering import answers
from tidegate.project.settle import pairs
from tidegate.project.work import Job

_SHAPES: Mapping[str, Callable[[str], object]] = MappingProxyType({"http": url, "tcp": host_and_port})


def check_probes(project: Project, documents: Documents) -> Iterator[Finding]:
    """What is wrong with the value of a probe, for those devices that a rollout may ask it of."""
    texts = {name: probe.value for name, probe in project.probes.items() if probe.kind in TEMPLATES}
    jobs = [Job(device, PROBES, name, MappingProxyType({})) for device, name in _asked(project) if name in texts]
    said = answers(project, {PROBES: texts}, jobs) if jobs else {}
    faults = Faults()
    first: dict[str, str] = {}  # one device stands for all whose value is no address
    for (device, _, name), answer in said.items():
        probe = project.probes[name]
        file, place = documents.probes[name]
        where = documents.locate(file, (*place, probe.kind))
        if "parts" not in answer:
            faults.add(answer["rule"], answer["message"], where, device)
            continue
        try:
            _SHAPES[probe.kind]("".join(answer["parts"]))
        except Unfilled as error:
            faults.add("bad-value", first.setdefault(name, str(error)), where, device)
    yield from faults.findings()


def _asked(project: Project) -> list[tuple[str, str]]:
    """Every (device, probe) that a rollout may ask."""
    found: set[tuple[str, str]] = set()
    for device, name in pairs(project):
        component = project.components[name]
        waves = project.strategies[component.strategy].waves
        found.update((device, probe) for probe in (*component.health, *(one for wave in waves for one in wave.health)))
    return sorted(found)
