"""What the rendering child gets: devices, templates and jobs as plain values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import UsageError
from tidegate.model.place import Finding, Location
from tidegate.model.project import Component, Device, Project, Vars
from tidegate.project.probe_address import PROBES
from tidegate.tree import Tree

_BRINGS_OTHERS = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\b")


@dataclass(frozen=True, slots=True)
class Job:
    """One template for one device."""

    device: str
    component: str
    path: str
    vars: Vars

    @property
    def key(self) -> tuple[str, str, str]:
        return self.device, self.component, self.path


def as_templates_see(device: Device) -> dict[str, Any]:
    """A device in a template: no options of its driver, for there are names of secrets in them."""
    return {
        "name": device.name,
        "address": device.address,
        "host": device.host,
        "driver": device.driver,
        "labels": dict(device.labels),
        "vars": dict(device.vars),
    }


def texts_of(tree: Tree, jobs: Iterable[Job], components: Mapping[str, Component]) -> tuple[Any, list[Finding]]:
    """Component -> path -> text of every template, and of what its folder has where one brings in others."""
    texts: dict[str, dict[str, str]] = {}
    findings: dict[str, Finding] = {}
    for component, path in dict.fromkeys((job.component, job.path) for job in jobs):
        text = _text(tree, path)
        if isinstance(text, Finding):
            findings[path] = text
        else:
            texts.setdefault(component, {})[path] = text
    for name, found in texts.items():
        if any(_BRINGS_OTHERS.search(text) for text in found.values()):
            folder = posixpath.dirname(components[name].file) + "/"
            for path in tree.paths():
                if path.startswith(folder) and path not in found and isinstance(text := _text(tree, path), str):
                    found[path] = text
    return texts, list(findings.values())


def _text(tree: Tree, path: str) -> str | Finding:
    try:
        return tree.read(path).decode()
    except UnicodeDecodeError:
        return Finding("unreadable", "a template is UTF-8 text; this is not", Location(path))
    except UsageError as error:
        return Finding("refused-file", error.message, Location(path), fix=error.hint)


def work_for(project: Project, texts: Mapping[str, Mapping[str, str]], jobs: Sequence[Job]) -> dict[str, Any]:
    """The child's whole knowledge. Nothing in it is secret, and nothing of it is of this machine."""
    return {
        "devices": {name: as_templates_see(device) for name, device in project.fleet.items()},
        "files": {name: device.file for name, device in project.fleet.items()},
        "secrets": sorted(project.secrets),
        "components": {
            name: _owner(project.components[name], found) for name, found in texts.items() if name != PROBES
        },
        "probes": dict(texts.get(PROBES, {})),
        "jobs": [
            {"device": job.device, "component": job.component, "path": job.path, "vars": dict(job.vars)} for job in jobs
        ],
    }


def _owner(of: Component, texts: Mapping[str, str]) -> dict[str, Any]:
    folder = posixpath.dirname(of.file)
    return {"name": of.name, "type": of.type, "version": "", "folder": folder, "texts": dict(texts)}
