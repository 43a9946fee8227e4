"""Limits that refuse a plan before it starts, each with its reason and how it is lifted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.model.place import Place
from tidegate.model.project import Project, Strategy
from tidegate.model.wanted import Wanted

Changes: TypeAlias = Mapping[str, Mapping[str, Wanted]]
"""Device -> component -> what it shall have and, by the record, does not."""

IN_FILES = frozenset({"in-no-wave"})
"""Brakes that no record can lift: the files themselves are at fault."""


@dataclass(frozen=True, slots=True)
class Brake:
    """Why a plan is refused, and how to lift it (`fix`). `place` is in `file`, or in tidegate.yaml where that is empty.

    `devices` are those it is about, where it is not about all.
    """

    rule: str
    message: str
    fix: str
    place: Place
    file: str = ""
    devices: tuple[str, ...] = ()


def brakes(
    project: Project,
    strategy: Strategy,
    changes: Changes,
    waves: Sequence[Collection[str]],
    bad: AbstractSet[tuple[str, str]],
) -> Iterator[Brake]:
    """Everything that speaks against rolling out these changes in these waves."""
    yield from _too_many(project, strategy, changes)
    yield from _in_no_wave(strategy, changes, waves)
    yield from _remembered(project, changes, bad)


def _too_many(project: Project, strategy: Strategy, changes: Changes) -> Iterator[Brake]:
    total, limit = len(project.fleet), strategy.max_devices.down(len(project.fleet))
    if len(changes) > limit:
        yield Brake(
            "max-devices",
            f"{len(changes)} devices would change; `max_devices: {strategy.max_devices}` allows {limit} of {total}",
            "Change fewer of them at once, or write a larger `max_devices`.",
            ("strategies", strategy.name, "max_devices"),
        )


def _in_no_wave(strategy: Strategy, changes: Changes, waves: Sequence[Collection[str]]) -> Iterator[Brake]:
    left = set(changes).difference(*waves)
    if left:
        yield Brake(
            "in-no-wave",
            f"no wave of strategy `{strategy.name}` takes some devices that would change",
            "End with a wave that selects them, up_to: 100%.",
            ("strategies", strategy.name, "waves"),
            devices=tuple(sorted(left)),
        )


def _remembered(project: Project, changes: Changes, bad: AbstractSet[tuple[str, str]]) -> Iterator[Brake]:
    by_component: dict[str, list[str]] = {}
    for device, components in sorted(changes.items()):
        for component, wanted in components.items():
            if (component, wanted.artifact) in bad:
                by_component.setdefault(component, []).append(device)
    for component, devices in sorted(by_component.items()):
        yield Brake(
            "remembered-bad",
            f"this content of `{component}` was rolled out before and went back",
            'Change it, or say why to try it again: tidegate deploy --retry "why"',
            (),
            project.components[component].file,
            tuple(devices),
        )
