"""From what a project asks for and what runs to a plan: who gets what in which wave, or why nobody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from typing import Any

from tidegate.model.canonical import NONE, digest
from tidegate.model.plan import Digests, Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave
from tidegate.model.project import Project
from tidegate.model.wanted import Wish
from tidegate.rollout.brakes import Brake, Changes, brakes
from tidegate.rollout.selection import members, seed_of
from tidegate.rollout.waves import planned_waves, proves_of, risks_of

ROLLBACK = "rollback"
"""The one wave of a rollback."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A plan that may not be carried out, and why."""

    plan: Plan
    brakes: tuple[Brake, ...]


def plan(
    project: Project,
    wanted: Wish,
    running: Mapping[str, Digests],
    bad: AbstractSet[tuple[str, str]],
    *,
    strategy: str,
    revision: str = "",
    policies: str = "",
    tool: str = "",
) -> Plan | Refused:
    """What one strategy would do now. `running` is what the record says of each device, `bad` what went back before.

    Nothing differs: a plan of no devices. KeyError for a strategy that is not there.
    """
    lane = project.strategies[strategy]
    changes = _changes(project, wanted, running, strategy)
    components = _components(project, wanted, changes)
    seed = seed_of(component.change for component in components.values())
    chosen = members(lane, [project.fleet[device] for device in changes], seed)
    waves = planned_waves(project, lane, chosen)
    made = Plan(
        project=project.name,
        strategy=strategy,
        kind=Kind.DEPLOY,
        components=components,
        devices=_devices(wanted, changes),
        waves=waves,
        probes=_probes(project, components, waves),
        on_failure=lane.on_failure,
        sensitivity=lane.sensitivity,
        before={device: _before(running, device, to) for device, to in changes.items()},
        revision=revision,
        policies=policies,
        tool=tool,
        proves=proves_of(waves),
        risks=risks_of(waves),
    )
    against = tuple(brakes(project, lane, changes, chosen, bad))
    return Refused(made, against) if against else made


def _changes(project: Project, wanted: Wish, running: Mapping[str, Digests], strategy: str) -> Changes:
    """Devices and components in order of their names: nothing depends on how maps were filled."""
    differing = {
        device: {
            component: want
            for component, want in sorted(components.items())
            if project.components[component].strategy == strategy
            and running.get(device, {}).get(component, NONE) != want.artifact
        }
        for device, components in sorted(wanted.devices.items())
    }
    return {device: components for device, components in differing.items() if components}


def _components(project: Project, wanted: Wish, changes: Changes) -> dict[str, PlannedComponent]:
    rows: dict[str, list[list[str]]] = {}
    for device, components in changes.items():
        for component, want in components.items():
            rows.setdefault(component, []).append([device, want.artifact, want.commands, wanted.reach[device]])
    return {
        component: PlannedComponent(
            digest(rows[component]),
            health=project.components[component].health,
            reconnect=project.components[component].reconnect,
        )
        for component in sorted(rows)
    }


def _devices(wanted: Wish, changes: Changes) -> dict[str, PlannedDevice]:
    """All components of a device are one transaction: it may take as long as they do one after another."""
    return {
        device: PlannedDevice(
            reach=wanted.reach[device],
            to={component: want.artifact for component, want in components.items()},
            timeout=sum(want.timeout for want in components.values()),
        )
        for device, components in changes.items()
    }


def _before(running: Mapping[str, Digests], device: str, to: Mapping[str, Any]) -> Digests:
    return {component: running.get(device, {}).get(component, NONE) for component in to}


def _probes(
    project: Project, components: Mapping[str, PlannedComponent], waves: Sequence[PlannedWave]
) -> dict[str, Mapping[str, Any]]:
    """The probes that look at anything, as they are written now."""
    lists = [*(component.health for component in components.values()), *(wave.health for wave in waves)]
    return {name: asdict(project.probes[name]) for name in sorted({name for names in lists for name in names})}


def rollback_plan(
    project: Project,
    *,
    strategy: str,
    to: Mapping[str, Digests],
    before: Mapping[str, Digests],
    reach: Mapping[str, str],
    timeouts: Mapping[str, int],
    changes: Mapping[str, PlannedComponent],
    revision: str = "",
    tool: str = "",
) -> Plan:
    """Back to recorded digests: one wave, nobody asked, and one device's trouble never stops the rest.

    `to`, `before`: device -> component -> digest; `changes`: as they were planned. Probes are looked at and
    decide nothing: what runs now is what they spoke against.
    """
    lane = project.strategies[strategy]
    components = {
        name: replace(change, order=0, health=project.components[name].health if name in project.components else ())
        for name, change in sorted(changes.items())
    }
    wave = PlannedWave(
        name=ROLLBACK,
        leg=ROLLBACK,
        members=tuple(sorted(to)),
        soak=0,
        health=lane.health,
        allowed=len(to),
        unreachable=len(to),
        parallel=max(wave.max_parallel for wave in lane.waves),
        confirm="verified",
    )
    probes = _probes(project, components, (wave,))
    return Plan(
        project=project.name,
        strategy=strategy,
        kind=Kind.ROLLBACK,
        components=components,
        devices={name: PlannedDevice(reach[name], dict(sorted(to[name].items())), timeouts[name]) for name in to},
        waves=(wave,),
        probes={name: {**probe, "shadow": True} for name, probe in probes.items()},
        sensitivity="off",
        before=before,
        revision=revision,
        tool=tool,
        risks=risks_of((wave,)),
    )
