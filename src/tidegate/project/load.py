"""A tree to a project: every file read and shaped, every complaint collected."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic_core import PydanticCustomError

from tidegate.model.place import Report
from tidegate.model.project import Component, Probe, Project, Secret, Strategy
from tidegate.project.check_settings import read_checks
from tidegate.project.components import ComponentFile, Ground, read_component
from tidegate.project.documents import Desk, Documents
from tidegate.project.fleet import Layer, merge_fleet
from tidegate.project.health import Infirmary, read_probe
from tidegate.project.paths import folders
from tidegate.project.references import check_references
from tidegate.project.selectors import parse_selector
from tidegate.project.shaped_files import ShapedFiles, read_files
from tidegate.project.shapes import ProjectShape, SecretShape
from tidegate.project.ssh import check_ssh
from tidegate.project.strategies import read_strategy
from tidegate.tree import Tree
from tidegate.types.fields import name as check_name

PROJECT_FILE = "tidegate.yaml"
_PRODUCTION = parse_selector("env=production")
_SECRET_KINDS = ("env", "file", "command")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. No project: the report says why. `documents` know where everything stands."""

    project: Project | None
    report: Report
    documents: Documents


def load(tree: Tree, folder: str = "", name_hint: str = "") -> Loaded:
    """The project in `folder` of a repository. `name_hint` is its name where it does not say one.

    MissingFile where there is no tidegate.yaml; everything else that is wrong is in the report.
    """
    file = posixpath.join(folder, PROJECT_FILE)
    tree.read(file)
    desk = Desk(file)
    files = read_files(desk, tree, file)
    project = None
    if files.project is not None:
        project = _build(desk, tree, files, files.project, posixpath.basename(folder) or name_hint)
        if files.fleet_is_whole:
            check_references(desk, project, file, production_written=files.project.production is not None)
    report = Report(desk.report(), MappingProxyType({"files": len(desk.read)}))
    return Loaded(None if report.refused() else project, report, desk.documents())


def _build(desk: Desk, tree: Tree, files: ShapedFiles, said: ProjectShape, name_hint: str) -> Project:
    """The project as a value; names that lead nowhere are said on the way."""
    infirmary = Infirmary(desk, _probes(desk, said, files.file))
    strategies = {
        name: read_strategy(desk, infirmary, name, strategy, files.file) for name, strategy in said.strategies.items()
    }
    fleet = merge_fleet(desk, Layer(said.defaults, files.file, ("defaults",)), files.fleet)
    if not fleet and files.fleet_is_whole:
        desk.find("no-devices", "there is no device: no selector can take one", files.file, ("fleet",))
    secrets = _secrets(desk, said.secrets, files.file)
    return Project(
        name=_name(desk, said, files.file, name_hint),
        fleet=fleet,
        components=_components(desk, infirmary, tree, files, strategies),
        strategies=strategies,
        probes=infirmary.probes,
        secrets=secrets,
        production=said.production or _PRODUCTION,
        checks=read_checks(desk, tree, said.checks, files.file),
        audit_branch=said.audit.branch,
        host_keys=check_ssh(desk, tree, fleet, secrets),
    )


def _name(desk: Desk, said: ProjectShape, file: str, hint: str) -> str:
    if said.name is not None:
        return said.name
    try:
        return check_name(hint)
    except PydanticCustomError:
        wrong = f"the folder's name `{hint}` is no name for a project"
        desk.find("bad-name", wrong, file, fix="Write one: name: a-z, 0-9 and -, at most 63.")
        return "project"


def _probes(desk: Desk, said: ProjectShape, file: str) -> dict[str, Probe]:
    read = (read_probe(desk, name, probe, file, ("probes", name)) for name, probe in said.probes.items())
    return {probe.name: probe for probe in read if probe is not None}


def _components(
    desk: Desk, infirmary: Infirmary, tree: Tree, files: ShapedFiles, strategies: Mapping[str, Strategy]
) -> dict[str, Component]:
    paths = tree.paths()
    ground = Ground(frozenset(paths), folders(paths), tree.refused(), strategies)
    components: dict[str, Component] = {}
    for of in files.components:
        if not _has_a_name(desk, of, components):
            continue
        components[of.name] = read_component(desk, infirmary, ground, of)
    return components


def _has_a_name(desk: Desk, of: ComponentFile, others: Mapping[str, Component]) -> bool:
    try:
        check_name(of.name)
    except PydanticCustomError as error:
        desk.find("bad-name", error.message(), of.file, fix="Rename the folder.")
        return False
    if of.name in others:
        desk.find("component-twice", f"{others[of.name].file} is called `{of.name}` already", of.file)
        return False
    return True


def _secrets(desk: Desk, said: Mapping[str, SecretShape], file: str) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    for name, secret in said.items():
        kinds = [kind for kind in _SECRET_KINDS if getattr(secret, kind) is not None]
        if len(kinds) == 1:
            found[name] = Secret(name, kinds[0], getattr(secret, kinds[0]), secret.version)  # type: ignore[arg-type]
        else:
            wrong = f"a secret has one of {', '.join(_SECRET_KINDS)}; this has {' and '.join(kinds) or 'none'}"
            desk.find_key("bad-secret", wrong, file, ("secrets", name))
    return found
