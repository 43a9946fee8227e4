"""Selectors against the fleet: keys and values nobody has, selectors that take nobody, devices in no wave."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.model.place import Place, Severity
from tidegate.model.project import Component, Project, Strategy
from tidegate.model.value import Selector, Term
from tidegate.project.documents import Desk
from tidegate.project.faults import some
from tidegate.types.fields import nearest


@dataclass(frozen=True, slots=True)
class Use:
    """A selector where it is written."""

    selector: Selector
    file: str
    place: Place


class Census:
    """What selectors may ask for: every device's labels, and which values each key has."""

    def __init__(self, project: Project) -> None:
        self.labels = {name: device.selectable for name, device in project.fleet.items()}
        self.values: dict[str, set[str]] = {}
        for labels in self.labels.values():
            for key, value in labels.items():
                self.values.setdefault(key, set()).add(value)

    def taken(self, selector: Selector) -> frozenset[str]:
        """The devices that a selector takes."""
        return frozenset(name for name, labels in self.labels.items() if selector.matches(labels))


def check_references(desk: Desk, project: Project, tidegate: str, *, production_written: bool) -> None:
    """Every selector takes somebody, every key and value is somebody's, every device of a component is in a wave."""
    if not project.fleet:
        return
    census = Census(project)
    for use in _uses(project, tidegate):
        _check_use(desk, census, use)
    if production_written:
        _check_use(desk, census, Use(project.production, tidegate, ("production",)))
    elif not census.taken(project.production):
        wrong = f"no device is production ({project.production}): nothing here counts as a canary"
        fix = "Say which are with `production: <selector>`."
        desk.find("no-production", wrong, tidegate, fix=fix, severity=Severity.NOTICE)
    for component in project.components.values():
        if component.strategy in project.strategies:
            _check_covered(desk, census, component, project.strategies[component.strategy])


def problems(selector: Selector, values: Mapping[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """(rule, message, fix) for each key and value of a selector that no device has."""
    for term in dict.fromkeys(term for terms in selector.any_of for term in terms):
        yield from _term_problems(term, values)


def _term_problems(term: Term, values: Mapping[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    if term.key not in values:
        known = sorted(values)
        yield (
            "selector-key",
            f"no device has a label `{term.key}`{nearest(term.key, known)}",
            f"known: {' '.join(known)}",
        )
        return
    have = values[term.key]
    for value in term.values:
        if value not in have and not ("*" in value and fnmatch.filter(have, value)):
            known = sorted(have)
            wrong = f"no device has `{term.key}={value}`{nearest(value, known)}"
            yield "selector-value", wrong, f"known: {some(known)}"


def _uses(project: Project, tidegate: str) -> Iterator[Use]:
    for strategy in project.strategies.values():
        before: Selector | None = None
        for index, wave in enumerate(strategy.waves):
            if wave.select is not before:
                yield Use(wave.select, tidegate, ("strategies", strategy.name, "waves", index, "select"))
            before = wave.select
    for component in project.components.values():
        yield Use(component.select, component.file, ("select",))
        for index, override in enumerate(component.overrides):
            yield Use(override.select, component.file, ("overrides", index, "select"))


def _check_use(desk: Desk, census: Census, use: Use) -> None:
    found = list(problems(use.selector, census.values))
    for rule, wrong, fix in found:
        desk.find(rule, wrong, use.file, use.place, fix=fix)
    if not found and not census.taken(use.selector):
        desk.find("selector-empty", f"`{use.selector}` takes no device", use.file, use.place)


def _check_covered(desk: Desk, census: Census, component: Component, strategy: Strategy) -> None:
    wanted = census.taken(component.select)
    covered: set[str] = set()
    for wave in strategy.waves:
        population = census.taken(wave.select) & wanted
        if wave.up_to.up(len(population)) >= len(population):
            covered |= population
    left = sorted(wanted - covered)
    if left:
        wrong = f"no wave of strategy `{strategy.name}` brings `{component.name}` to {some(left)}"
        fix = "End with a wave that selects them, up_to: 100%."
        desk.find("in-no-wave", wrong, component.file, ("select",), fix=fix)
