"""The project as it lies here, or as the event's commit has it, for commands that only look."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate import escape
from tidegate.app.ground.stand import find_footing
from tidegate.errors import Refusal, UsageError
from tidegate.model.artifact import Artifact
from tidegate.model.place import Report
from tidegate.model.project import Component, Device, Project
from tidegate.project.documents import Documents
from tidegate.project.explain import Origin, explain
from tidegate.project.load import Loaded, load
from tidegate.project.references import Census, problems
from tidegate.project.render import render
from tidegate.project.selectors import parse_selector
from tidegate.tree import Tree
from tidegate.types.fields import nearest
from tidegate.world import World

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """A project that was read without fault, with the files it was read from."""

    tree: Tree
    project: Project
    documents: Documents


@dataclass(frozen=True, slots=True)
class Whole:
    """One component on one device: what it shall hold, and where each variable got its value."""

    device: Device
    component: Component
    artifact: Artifact
    origins: list[Origin]


def read_project(world: World, folder: str) -> tuple[Tree, Loaded]:
    """The project in `folder`: of a clone with uncommitted changes, in a workflow's job of the event's commit."""
    footing, below = find_footing(world, folder)
    tree = footing.tree()
    return tree, load(tree, below, footing.name)


def look(world: World, folder: str) -> Sight:
    """The same, for those who need it faultless. Refusal with the first faults otherwise."""
    tree, loaded = read_project(world, folder)
    if loaded.project is None:
        raise refused(loaded.report, "The project cannot be read")
    return Sight(tree, loaded.project, loaded.documents)


def refused(report: Report, what: str) -> Refusal:
    """The first findings, and how to see all."""
    first = [
        escape.line(f"{finding.location}  {finding.rule}  {finding.message}") for finding in report.findings[:_SHOWN]
    ]
    more = len(report.findings) - len(first)
    rest = f"{more} more: tidegate validate" if more > 0 else "All of it: tidegate validate"
    return Refusal(f"{what}:\n  " + "\n  ".join(first), hint=rest)


def select_devices(sight: Sight, selector: str) -> list[Device]:
    """The devices that a selector takes, by name. UsageError where it asks for what nobody has, or takes nobody."""
    try:
        wanted = parse_selector(selector)
    except ValueError as error:
        raise UsageError(str(error), hint="A selector: role=web,site in (ber, muc)") from error
    census = Census(sight.project)
    for _, message, fix in problems(wanted, census.values):
        raise UsageError(message, hint=fix)
    taken = census.taken(wanted)
    if not taken:
        raise UsageError(f"`{selector}` takes no device", hint="All of them: tidegate fleet list")
    return [sight.project.fleet[name] for name in sorted(taken)]


def render_whole(sight: Sight, device: str, component: str) -> Whole:
    """What one device shall hold of one component. UsageError for names that are not there, Refusal for faults."""
    project = sight.project
    for name, known, what in ((device, project.fleet, "device"), (component, project.components, "component")):
        if name not in known:
            raise UsageError(f"there is no {what} `{name}`{nearest(name, list(known))}", hint="tidegate fleet list")
    of, on = project.components[component], project.fleet[device]
    if not of.select.matches(on.selectable):
        raise UsageError(f"{device} shall not have `{component}`: it selects {of.select}", hint=f"See {of.file}")
    rendered = render(sight.tree, project, [(device, component)], sight.documents)
    if (device, component) not in rendered.artifacts:
        raise refused(rendered.report, f"`{component}` cannot be rendered for {device}")
    return Whole(on, of, rendered.artifacts[device, component], explain(project, sight.documents, of, on))
