"""All checks of one project, in their order; everything runs, nothing stops at the first fault."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tidegate.checks.compare import as_notices, broken_rules, would_say
from tidegate.checks.files import Files, read_files
from tidegate.checks.judge import Bench, Judge, same_rules
from tidegate.checks.keys import check_keys
from tidegate.checks.policy.input import document_subject, file_subjects, plan_subject, project_subject
from tidegate.checks.policy.port import Engine
from tidegate.checks.policy.run import Places, run_policies
from tidegate.checks.references import check_references
from tidegate.checks.style import check_style
from tidegate.checks.workflows import check_workflows
from tidegate.model.artifact import Artifact
from tidegate.model.place import Finding, Location, Report
from tidegate.model.plan import Plan
from tidegate.model.project import Checks, Project
from tidegate.project.documents import Documents
from tidegate.project.paths import matching
from tidegate.project.probe_values import check_probes
from tidegate.tree import Tree

_MENDED = "Rules of the base are broken there, and this change mends them: its own rules judge beside those."


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a project lies: the tree, and the places of its own files."""

    tree: Tree
    documents: Documents

    @property
    def file(self) -> str:
        """Its tidegate.yaml."""
        return self.documents.project_file

    @property
    def folder(self) -> str:
        """Its folder in the repository, empty at the root."""
        return posixpath.dirname(self.file)

    def locate(self, *place: str | int) -> Location:
        """Where something stands in tidegate.yaml."""
        return self.documents.locate(self.file, place)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a project: artifacts by (device, component), plans by strategy."""

    artifacts: Mapping[tuple[str, str], Artifact] = field(default_factory=lambda: MappingProxyType({}))
    plans: Mapping[str, Plan] = field(default_factory=lambda: MappingProxyType({}))


def judged(
    ground: Ground, project: Project | None, made: Made, bench: Bench, engine: Callable[[], Engine]
) -> list[Report]:
    """What those who judge say of the files, and as notices what changed rules would say.

    Rules of a base that are broken there, and mended here, can wait for nobody else: then the mended ones decide too.
    """
    asked = engine() if project else None
    first, *others = [check(ground, project, made, judge, asked) for judge in bench.deciding]
    said = [first, *(replace(other, looked={}) for other in others)]
    if bench.shown is None or project is None or same_rules(bench.deciding[0], bench.shown):
        return said  # of a project that cannot be read nobody knows whether it changes rules
    shown = check(ground, project, made, bench.shown, asked)
    if broken_rules(first.findings) and not broken_rules(shown.findings):
        return [replace(first, findings=as_notices(first.findings)), replace(shown, looked={}, notes=(_MENDED,))]
    return [*said, Report(tuple(would_say(first.findings, shown.findings)))]


def check(ground: Ground, project: Project | None, made: Made, judge: Judge, engine: Engine | None) -> Report:
    """Read, style and schema, also of files that make no project; policies about one that can be read."""
    checks = judge.checks
    files = read_files(ground.tree, checks, ground.documents)
    findings = [
        *files.findings,
        *check_style(ground.tree, judge.tree, judge.folder, files.paths, asked=checks.style),
        *(_schemas(judge, files) if checks.schemas else ()),
    ]
    read = Report(tuple(findings))
    return read.plus(_policies(ground, project, files, made, judge, engine)) if project and engine else read


def _schemas(judge: Judge, files: Files) -> Iterator[Finding]:
    from tidegate.checks.schema import check_schemas  # the library is heavy, and most commands need none of it

    return check_schemas(judge.tree, files, judge.checks.schemas, judge.file)


def _policies(ground: Ground, project: Project, files: Files, made: Made, judge: Judge, engine: Engine) -> Report:
    """Every rule about every document, every file on devices, the project, and every plan."""
    subjects = [document_subject(source) for path in files.paths for source in files.sources[path]]
    subjects += file_subjects(project, made.artifacts, files.locate)
    subjects.append(project_subject(project, ground.file, files.locate))
    subjects += (plan_subject(project, plan, ground.file, files.locate) for plan in made.plans.values())
    return run_policies(judge.sets(), engine, subjects, Places(files.locate, ground.file))


def check_contents(ground: Ground, project: Project | None, checks: Checks, made: Made) -> Report:
    """Keys in every file of the project's folder, in what it takes from elsewhere, and in what devices get.

    `looked` counts these files.
    """
    paths = _looked_at(ground, project, checks)
    components = project.components if project else {}
    findings = check_keys(ground.tree, paths, components, made.artifacts)
    return Report(tuple(findings), MappingProxyType({"files": len(paths)}))


def check_project(ground: Ground, project: Project) -> Report:
    """Names that lead nowhere, values of probes that no device can be asked, workflows that do not fit."""
    findings = (
        *check_references(project, ground.documents, ground.file),
        *check_probes(project, ground.documents),
        *check_workflows(ground.tree, project, ground.documents, ground.folder),
    )
    return Report(findings)


def _looked_at(ground: Ground, project: Project | None, checks: Checks) -> Sequence[str]:
    everything = ground.tree.paths()
    below = ground.folder + "/" if ground.folder else ""
    ignored = {path for pattern in checks.ignore for path in matching(pattern, everything)}
    inside = {path for path in everything if path.startswith(below)} - ignored
    return sorted(inside | (set(_sources(project)) & set(everything)) | set(ground.documents.read))


def _sources(project: Project | None) -> Iterator[str]:
    """Files that components name; those of folders outside of the project show in what devices get."""
    for component in project.components.values() if project else ():
        for files in (component.files, *(override.settings.get("files", {}) for override in component.overrides)):
            yield from (source.path for source in files.values())
