"""Values of probes for each device: their templates, rendered as those of files are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tidegate.model.place import Location, Report
from tidegate.model.project import Probe, Project
from tidegate.project.documents import Documents
from tidegate.project.faults import Faults
from tidegate.project.rendering import answers
from tidegate.project.settle import pairs
from tidegate.project.work import PROBES, Job

TEMPLATES = ("http", "tcp")
"""Kinds whose value is a template; a command never is."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The value of each probe for each device, by (device, probe); what could not be made is in the report."""

    values: Mapping[tuple[str, str], str]
    report: Report


def probe_pairs(project: Project) -> list[tuple[str, str]]:
    """Every (device, probe) that a rollout may ask."""
    found: dict[tuple[str, str], None] = {}
    for device, name in pairs(project):
        component = project.components[name]
        strategy = project.strategies[component.strategy]
        for probe in (*component.health, *(probe for wave in strategy.waves for probe in wave.health)):
            found[device, probe] = None
    return sorted(found)


def fill_probes(project: Project, wanted: Iterable[tuple[str, str]], documents: Documents | None = None) -> Filled:
    """The values of these (device, probe) pairs."""
    keys = list(dict.fromkeys(wanted))
    texts = {name: probe.value for name, probe in project.probes.items() if probe.kind in TEMPLATES}
    jobs = [Job(device, PROBES, name, MappingProxyType({})) for device, name in keys if name in texts]
    said = answers(project, {PROBES: texts} if jobs else {}, jobs)
    values: dict[tuple[str, str], str] = {}
    faults = Faults()
    for device, name in keys:
        probe = project.probes[name]
        answer = said.get((device, PROBES, name))
        if probe.kind not in TEMPLATES:
            values[device, name] = probe.value
        elif answer is None:
            continue  # the template ran away for another device: that is said there
        elif "parts" not in answer:
            faults.add(answer["rule"], answer["message"], _where(documents, probe), device)
        elif all(isinstance(part, str) for part in answer["parts"]):
            values[device, name] = "".join(answer["parts"])
        else:
            wrong = "a probe's value is shown in plans and logs; no secret may be in it"
            faults.add("secret-misused", wrong, _where(documents, probe), device)
    return Filled(values, Report(tuple(faults.findings())))


def _where(documents: Documents | None, probe: Probe) -> Location:
    if documents is None or probe.name not in documents.probes:
        return Location("")
    file, place = documents.probes[probe.name]
    return documents.locate(file, (*place, probe.kind))
