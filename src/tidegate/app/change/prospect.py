"""What a revision would do in one lane: validated, planned against the record, with all it takes to carry it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.app.change.contents import Contents, content_of
from tidegate.app.change.revision import Revision
from tidegate.app.change.validate import Recorded, Validation, validate_tree
from tidegate.audit.history import History
from tidegate.errors import UsageError
from tidegate.model.plan import Kind, Plan
from tidegate.model.project import Project
from tidegate.rollout.planner import Refused
from tidegate.tree import Tree
from tidegate.types.fields import nearest

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Prospect:
    """`answer` is the lane's plan, or why there is none: refused by a brake, or (None) by what validation found.

    `others` are lanes that have changes too: strategy -> how many devices.
    """

    revision: Revision
    strategy: str
    validation: Validation
    answer: Plan | Refused | None
    others: Mapping[str, int]

    def contents(self, plan: Plan) -> Contents:
        """What `plan`, which is of this prospect, puts on devices."""
        project, artifacts = self.revision.project, self.validation.artifacts
        return Contents(project, {key: content_of(project, key, artifacts[key]) for key in plan.targets})


def prospect(
    revision: Revision,
    strategy: str,
    history: History,
    environ: Mapping[str, str],
    *,
    retry: bool = False,
    base: tuple[Tree, str] | None = None,
) -> Prospect:
    """Validate and plan a revision. `retry`: what is remembered as bad is not held against it.

    `base`: the tree whose rules judge, for a revision that is not there yet, and how people call it.

    Refusal where the files make no project, UsageError for a lane that is not there or must be named.
    """
    project = revision.project
    lane = chosen_lane(project, strategy)
    recorded = Recorded(history.running, frozenset() if retry else history.bad)
    found = validate_tree(
        revision.tree, revision.loaded, recorded, environ=environ, revision=revision.commit, base=base
    )
    refused = found.exit_code != 0
    sizes = {name: len(whole(answer).devices) for name, answer in found.plans.items() if name != lane}
    return Prospect(
        revision=revision,
        strategy=lane,
        validation=found,
        answer=None if refused else found.plans.get(lane, _empty(project, lane, revision)),
        others={name: devices for name, devices in sizes.items() if devices},
    )


def whole(answer: Plan | Refused) -> Plan:
    """The plan, also of one that may not be carried out."""
    return answer.plan if isinstance(answer, Refused) else answer


def chosen_lane(project: Project, strategy: str) -> str:
    """The strategy that is meant: the one named, else `default`, else the only one."""
    known = sorted(project.strategies)
    if strategy and strategy not in known:
        raise UsageError(
            f"there is no strategy `{strategy}`{nearest(strategy, known)}", hint=f"Known: {' '.join(known)}"
        )
    if strategy or DEFAULT in known or len(known) == 1:
        return strategy or (DEFAULT if DEFAULT in known else known[0])
    raise UsageError("there are several strategies, and none is called `default`", hint=f"--strategy {known[0]}")


def _empty(project: Project, lane: str, revision: Revision) -> Plan:
    """The plan of a strategy that no component uses."""
    return Plan(project.name, lane, Kind.DEPLOY, {}, {}, (), revision=revision.commit)
