"""Input documents for policies, version 1: what `input` holds, by `input.kind`.

    document   `file.path`, `document` (the value), once for each document of a YAML, JSON or TOML file
    file       `file`: `component target mode owner group text lines binary devices`, once for each content that is put
               on devices; a secret in `text` stands as {{ secret("name") }}
    project    `project`: `name production fleet components strategies probes secrets`, once
    plan       `plan`: `strategy devices components waves proves risks`, and `project`, once for each plan

`input.v` is 1. A finding's `path` begins at the document, at the file's entry in its component, at tidegate.yaml, or
at the plan's strategy in it; with `file` it begins at that file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.checks.policy.origin import origin
from tidegate.checks.policy.subject import Subject, plain
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.place import Location, Place
from tidegate.model.plan import Plan
from tidegate.model.project import Component, Device, Project, Strategy, Wave
from tidegate.project.source import Source
from tidegate.types.files import TEMPLATE

VERSION = 1


Locate: TypeAlias = Callable[[str, Place], Location]


def document_subject(source: Source) -> Subject:
    value = _input("document", file={"path": source.file}, document=source.data)
    return Subject("document", value, source.locate, source.file, source.file)


def file_subjects(project: Project, artifacts: Mapping[tuple[str, str], Artifact], locate: Locate) -> Iterator[Subject]:
    """One for each content: devices that get the same are named together."""
    groups: dict[tuple[str, Entry], list[str]] = {}
    for device, name in sorted(artifacts):
        for entry in artifacts[device, name].entries:
            groups.setdefault((name, entry), []).append(device)
    for (name, entry), devices in groups.items():
        component = project.components[name]
        place, source = origin(component, project.fleet[devices[0]], entry.target)
        yield Subject(
            "file",
            _input("file", file=_file(name, entry, devices)),
            _below(locate, component.file, place),
            f"{entry.target} on {devices[0]}",
            "" if source.endswith(TEMPLATE) else source,
        )


def project_subject(project: Project, file: str, locate: Locate) -> Subject:
    """`file` is the project's tidegate.yaml."""
    value = _input("project", project=project_value(project))
    return Subject("project", value, _below(locate, file, ()), f"project {project.name}")


def plan_subject(project: Project, plan: Plan, file: str, locate: Locate) -> Subject:
    value = _input("plan", plan=plan_value(plan, project), project=project_value(project))
    return Subject(
        "plan", value, _below(locate, file, ("strategies", plan.strategy)), f"the plan of strategy {plan.strategy}"
    )


def _below(locate: Locate, file: str, place: Place) -> Callable[[Place], Location]:
    return lambda path: locate(file, (*place, *path))


def project_value(project: Project) -> Mapping[str, Any]:
    taken = {
        name: [device.name for device in project.fleet.values() if component.select.matches(device.selectable)]
        for name, component in project.components.items()
    }
    return {
        "name": project.name,
        "production": str(project.production),
        "fleet": {name: _device(device, project) for name, device in project.fleet.items()},
        "components": {name: _component(one, taken[name]) for name, one in project.components.items()},
        "strategies": {name: _strategy(strategy, project) for name, strategy in project.strategies.items()},
        "probes": {
            name: {"kind": probe.kind, "value": probe.value, "shadow": probe.shadow, "from": probe.where}
            for name, probe in project.probes.items()
        },
        "secrets": {name: {"kind": secret.kind, "version": secret.version} for name, secret in project.secrets.items()},
    }


def plan_value(plan: Plan, project: Project) -> Mapping[str, Any]:
    """`production` of a wave are its members that count as production."""
    production = frozenset(_production(project))
    return {
        "digest": plan.digest,
        "strategy": plan.strategy,
        "components": sorted(plan.components),
        "devices": {name: {"components": sorted(planned.to)} for name, planned in plan.devices.items()},
        "waves": [
            {
                "name": wave.name,
                "members": list(wave.members),
                "production": [name for name in wave.members if name in production],
                "environment": wave.environment,
                "approvals": wave.approvals,
                "soak": wave.soak,
                "health": list(plan.health_by_wave[wave.name]),
                "allowed": wave.allowed,
                "unreachable": wave.unreachable,
                "parallel": wave.parallel,
            }
            for wave in plan.waves
        ],
        "proves": dict(plan.proves),
        "risks": dict(plan.risks),
    }


def _input(kind: str, **parts: Any) -> Mapping[str, Any]:
    return {"v": VERSION, "kind": kind, **{name: plain(part) for name, part in parts.items()}}


def _file(component: str, entry: Entry, devices: Sequence[str]) -> Mapping[str, Any]:
    content = b"".join(_shown(part) if isinstance(part, Mark) else part for part in entry.parts)
    try:
        text, binary = content.decode(), b"\0" in content
    except UnicodeDecodeError:
        text, binary = "", True
    return {
        "component": component,
        "target": entry.target,
        "mode": entry.mode,
        "owner": entry.owner,
        "group": entry.group,
        "text": "" if binary else text,
        "lines": [] if binary else text.splitlines(),
        "binary": binary,
        "devices": devices,
    }


def _shown(mark: Mark) -> bytes:
    return f'{{{{ secret("{mark.secret}") }}}}'.encode()


def _production(project: Project) -> Iterator[str]:
    return (name for name, device in project.fleet.items() if project.production.matches(device.selectable))


def _device(device: Device, project: Project) -> Mapping[str, Any]:
    return {
        "address": device.address,
        "driver": device.driver,
        "file": device.file,
        "labels": dict(device.labels),
        "vars": dict(device.vars),
        "held": device.hold is not None,
        "production": project.production.matches(device.selectable),
    }


def _component(component: Component, devices: Sequence[str]) -> Mapping[str, Any]:
    return {
        "type": component.type,
        "file": component.file,
        "select": str(component.select),
        "strategy": component.strategy,
        "devices": devices,
        "health": list(component.health),
        "vars": dict(component.vars),
        "validate": list(component.validate),
        "activate": list(component.activate),
        "timeout": component.timeout,
        "reconnect": component.reconnect,
        "files": {
            target: {"from": source.path, "mode": source.mode, "owner": source.owner, "group": source.group}
            for target, source in component.files.items()
        },
    }


def _strategy(strategy: Strategy, project: Project) -> Mapping[str, Any]:
    return {
        "health": list(strategy.health),
        "spread": list(strategy.spread),
        "max_unreachable": str(strategy.max_unreachable),
        "max_devices": str(strategy.max_devices),
        "on_failure": strategy.on_failure,
        "sensitivity": strategy.sensitivity,
        "waves": [_wave(wave, project) for wave in strategy.waves],
    }


def _wave(wave: Wave, project: Project) -> Mapping[str, Any]:
    """`devices` is who the wave selects; `up_to` says how many of them shall have the change after it."""
    return {
        "name": wave.name,
        "select": str(wave.select),
        "devices": [name for name, device in project.fleet.items() if wave.select.matches(device.selectable)],
        "up_to": {"number": wave.up_to.number, "share": wave.up_to.is_share, "written": wave.up_to_written},
        "environment": wave.environment,
        "approvals": wave.approvals.count,
        "soak": wave.soak,
        "health": list(wave.health),
        "max_failures": str(wave.max_failures),
        "max_parallel": wave.max_parallel,
        "confirm": wave.confirm,
    }
