"""All that a pull request must pass, of a project as it lies in a folder or in a commit."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType

from tidegate import __version__
from tidegate.app.ground.look import read_project
from tidegate.app.ground.stand import find_footing
from tidegate.checks.judge import Bench, Judge, base_judges, left_out
from tidegate.checks.policy.choose import choose
from tidegate.checks.policy.sets import RuleSets
from tidegate.checks.run import Ground, Made, check_contents, check_project, judged
from tidegate.errors import UsageError
from tidegate.model.artifact import Artifact
from tidegate.model.place import Finding, Location, Report, Severity
from tidegate.model.plan import Digests, Plan
from tidegate.model.project import Project
from tidegate.project.digests import wish
from tidegate.project.documents import Documents
from tidegate.project.faults import some
from tidegate.project.load import Loaded, load
from tidegate.project.render import Rendered, render
from tidegate.project.settle import pairs
from tidegate.rollout.brakes import IN_FILES, Brake
from tidegate.rollout.planner import Refused, plan
from tidegate.tree import CommitTree, Tree
from tidegate.world import World

_UNREAD = "No policy was asked: the project cannot be read until this is mended."
_UNRENDERED = "There is no plan, so no policy was asked about one: not everything could be rendered."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the audit record knows: what runs where, and (component, digest) pairs that were rolled back."""

    running: Mapping[str, Digests] = field(default_factory=lambda: MappingProxyType({}))
    bad: AbstractSet[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Validation:
    """The one report, whose verdict everybody asks, and what was made on the way. `plans` are by strategy.

    A plan that is refused for what the record says is no fault of the files: the report does not have it.
    """

    report: Report
    tree: Tree
    project: Project | None
    documents: Documents
    artifacts: Mapping[tuple[str, str], Artifact]
    plans: Mapping[str, Plan | Refused]
    fail_on: Severity

    @property
    def exit_code(self) -> int:
        return self.report.exit_code(self.fail_on)

    def text_of(self, file: str) -> str | None:
        """The text of a file of the repository, for the line that a finding means."""
        try:
            return self.tree.read(file).decode("utf-8-sig")
        except (UsageError, UnicodeDecodeError):
            return None


def validate(world: World, folder: str, recorded: Recorded = Recorded()) -> Validation:
    """The project in `folder` below the place where the command was started, uncommitted changes too: its own judge."""
    tree, loaded = read_project(world, folder)
    return validate_tree(tree, loaded, recorded, environ=world.environ)


def validate_against(world: World, folder: str, base: str, head: str = "") -> Validation:
    """What `head` holds, judged by the rules of `base`; commits of the clone. Without a `head`: as it lies here."""
    footing, below = find_footing(world, folder)
    git, [judge, *judged] = footing.copies(world, [base, *([head] if head else [])])
    if judged:
        tree: Tree = CommitTree(git, judged[0])
        loaded = load(tree, below, footing.name)
    else:
        tree, loaded = read_project(world, folder)
    name = f"{base} ({judge[:7]})" if base not in (judge, judge[:7]) else judge[:7]
    revision = judged[0] if judged else ""
    return validate_tree(tree, loaded, environ=world.environ, revision=revision, base=(CommitTree(git, judge), name))


def validate_tree(
    tree: Tree,
    loaded: Loaded,
    recorded: Recorded = Recorded(),
    *,
    environ: Mapping[str, str],
    revision: str = "",
    base: tuple[Tree, str] | None = None,
) -> Validation:
    """Read, style, schema, references, plan, policy. What cannot be looked at is said, never passed.

    `environ` says where programs are. `base`: the tree whose rules judge, and how people call it; without one the
    project is its own judge.
    """
    project = loaded.project
    ground = Ground(tree, loaded.documents)
    own = Judge("itself", tree, loaded.documents, project.checks if project else left_out(ground.folder))
    bench = base_judges(own, *base) if base else Bench((own,), own)
    made = Made()
    plans: Mapping[str, Plan | Refused] = {}
    reports = [Report(loaded.report.findings, notes=(bench.note,) if bench.note else ())]
    if project is not None:
        rendered = render(tree, project, pairs(project), loaded.documents)
        plans, planned = _plans(ground, project, rendered, own.sets(), recorded, revision)
        made = Made(rendered.artifacts, {name: _whole(answer) for name, answer in plans.items()})
        reports += [check_project(ground, project), rendered.report, planned]
    else:
        reports.append(Report(notes=(_UNREAD,)))
    reports += judged(ground, project, made, bench, lambda: choose(bench.engine_of.checks, environ))
    reports.append(check_contents(ground, project, bench.deciding[0].checks, made))
    report = Report().plus(*reports)
    once = Report(tuple(dict.fromkeys(report.findings)), report.looked, report.engine, report.notes)
    return Validation(once, tree, project, loaded.documents, made.artifacts, plans, bench.fail_on)


def _plans(
    ground: Ground, project: Project, rendered: Rendered, sets: RuleSets, recorded: Recorded, revision: str
) -> tuple[dict[str, Plan | Refused], Report]:
    """A plan for each strategy that components use.

    Where artifacts are missing there is none, and the errors that say so are enough: only a note tells that no plan
    rule was asked. No plan without such an error is an error.
    """
    if rendered.report.refused():
        return {}, Report(notes=(_UNRENDERED,))
    wanted = wish(project, rendered.artifacts)
    plans: dict[str, Plan | Refused] = {}
    findings: list[Finding] = []
    for strategy in sorted({component.strategy for component in project.components.values()}):
        answer = plans[strategy] = plan(
            project,
            wanted,
            recorded.running,
            recorded.bad,
            strategy=strategy,
            revision=revision,
            policies=sets.digest,
            tool=__version__,
        )
        if isinstance(answer, Refused):
            findings += (brake_finding(ground.documents, brake) for brake in answer.brakes if brake.rule in IN_FILES)
    if not plans:
        wrong = "there is no component, so there is no plan that could be judged"
        findings.append(Finding("no-plan", wrong, Location(ground.file), fix="Write components/<name>/component.yaml."))
    return plans, Report(tuple(findings))


def _whole(answer: Plan | Refused) -> Plan:
    """What policies are asked about: also a plan that is refused."""
    return answer.plan if isinstance(answer, Refused) else answer


def brake_finding(documents: Documents, brake: Brake) -> Finding:
    """Why a plan is refused, with its place in the files."""
    where = documents.locate(brake.file or documents.project_file, brake.place)
    about = f": {some(list(brake.devices))}" if brake.devices else ""
    return Finding(brake.rule, f"{brake.message}{about}", where, fix=brake.fix)
