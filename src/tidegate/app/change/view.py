"""A plan beside what people want to know of it: what changes in each file, who is left out, why it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from tidegate.app.change.contents import Key
from tidegate.app.change.prospect import Prospect, whole
from tidegate.app.change.revision import read_revision
from tidegate.app.change.validate import brake_finding
from tidegate.app.ground.stand import Ground
from tidegate.audit.history import History
from tidegate.errors import Refusal
from tidegate.model.artifact import Artifact
from tidegate.model.plan import Plan
from tidegate.report.diff import Change, grouped
from tidegate.report.plan import PlanView
from tidegate.rollout.planner import Refused


def plan_view(
    ground: Ground, found: Prospect, history: History, now: datetime, notes: tuple[str, ...] = ()
) -> PlanView:
    """The view of a prospect that has a plan, be it refused."""
    answer = found.answer
    if answer is None:
        raise AssertionError("there is no plan to be seen")
    plan, project = whole(answer), found.revision.project
    former = former_artifacts(ground, plan, history)
    changes = [
        Change(*key, plan.former(*key), former.get(key), found.validation.artifacts[key]) for key in plan.targets
    ]
    holds = {name: hold for name in plan.devices if (hold := project.fleet[name].hold) and hold.until > now}
    brakes = answer.brakes if isinstance(answer, Refused) else ()
    return PlanView(
        plan=plan,
        project=project,
        groups=grouped(changes),
        refused=tuple(brake_finding(found.validation.documents, brake) for brake in brakes),
        skipped=holds,
        notes=(*notes, *_others(found)),
    )


def former_artifacts(ground: Ground, plan: Plan, history: History) -> Mapping[Key, Artifact]:
    """What the devices of a plan have by the record, where the revision that it came from is still to be had."""
    by_revision: dict[str, list[Key]] = {}
    for key in plan.targets:
        source = history.sources.get((*key, plan.former(*key)))
        if source is not None:
            by_revision.setdefault(source.revision, []).append(key)
    made: dict[Key, Artifact] = {}
    for commit, keys in by_revision.items():
        if ground.git.resolve(commit) is None:
            continue
        try:
            artifacts = read_revision(ground, commit).artifacts(keys)
        except Refusal:
            continue  # a newer Tidegate reads it differently: its diffs are said to be lost
        made |= {key: artifact for key, artifact in artifacts.items() if artifact.digest == plan.former(*key)}
    return made


def _others(found: Prospect) -> Iterator[str]:
    for strategy, devices in sorted(found.others.items()):
        yield f"Strategy `{strategy}` has changes for {devices} devices too: tidegate plan --strategy {strategy}"
