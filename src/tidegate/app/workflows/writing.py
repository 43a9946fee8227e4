"""Every workflow of a project as text, from its strategies and a person's settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tidegate.app.templates import paper
from tidegate.app.workflows.jobs import jobs
from tidegate.app.workflows.mark import marked
from tidegate.app.workflows.settings import Settings
from tidegate.errors import Refusal
from tidegate.model.project import Project, Strategy
from tidegate.project.legs import (
    PLAN,
    SETTLE,
    WORKFLOWS,
    Leg,
    legs,
    main_lane,
    required_check,
    validate_job,
    workflow_file,
)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*(?: [A-Za-z0-9._/-]+)*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
_EMPTY = re.compile(r"\n{3,}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_OPENING = "${{ inputs.retry && format('--open --retry {0}', toJSON(inputs.retry)) || '--open' }}"
_ANSWERING = "${{ format('{0} --why {1}', inputs.answer == 'reject' && '--reject' || '', toJSON(inputs.why || '')) }}"
_ROLLBACK = {
    "command": "${{ inputs.rollout && 'deploy' || 'rollback' }}",
    "environment": "${{ inputs.rollout && 'rollback' || '' }}",
    "rollout": "${{ inputs.rollout || inputs.undo }}",
    "arguments": "${{ !inputs.rollout && format('--why {0}', toJSON(inputs.why || '')) || '' }}",
}
"""Inputs become words of a command line by way of JSON, whose quotes and escapes `arguments` reads as they are meant:
no text of a person ends a word, and none reaches a shell."""


def workflows(project: Project, folder: str, settings: Settings) -> Mapping[str, str]:
    """Path -> text, of all that the project shall have. `folder` is the project's in its repository.

    Refusal where a name cannot stand in a workflow.
    """
    lanes = [_lane(project, name) for name in sorted(project.strategies)]
    main = main_lane(project)
    pen = _Pen(project, folder, settings)
    made: dict[str, str] = {}
    for strategy, ways in lanes:
        path = _path("deploy", strategy.name, main, folder)
        made[path] = pen.deploy(strategy.name, ways if settings.reviewers else _ungated(ways))
        made[_path("rollback", strategy.name, main, folder)] = pen.rollback(strategy.name, ways)
    made[_path("wake", folder=folder)] = pen.write("wake")
    made[_path("validate", folder=folder)] = pen.write("validate")
    gated = [leg.environment for _, ways in lanes for leg in ways if leg.gate]
    if gated and not settings.reviewers:
        made[_path("approve", folder=folder)] = pen.write("approve", gated=list(dict.fromkeys(gated)))
    return made


def _path(kind: str, strategy: str = "", main: str = "", folder: str = "") -> str:
    return f"{WORKFLOWS}/{workflow_file(kind, strategy, main, folder)}"


def _lane(project: Project, name: str) -> tuple[Strategy, Sequence[Leg]]:
    strategy = project.strategies[name]
    for leg in (ways := legs(strategy)):
        if not _ENVIRONMENT.fullmatch(leg.name):
            raise Refusal(
                f"environment `{leg.name}` of strategy `{name}` cannot be written into a workflow",
                hint="Take letters, digits, blanks and . _ - only.",
            )
    return strategy, ways


def _ungated(ways: Sequence[Leg]) -> Sequence[Leg]:
    """Without reviewers there is nothing to wait at: the run ends with a question, and its answer starts the next."""
    return [Leg(leg.name, leg.environment, leg.job, gate="") for leg in ways]


class _Pen:
    """The templates, filled with what all files of a project share."""

    def __init__(self, project: Project, folder: str, settings: Settings) -> None:
        self._settings = settings
        self._folder = folder
        self._main = main_lane(project)
        self._paper = paper("workflows")
        self._paper.filters["scalar"] = _scalar
        self._paper.globals.update(
            action=settings.uses,
            validate_workflow=f"{settings.action}/{WORKFLOWS}/validate.yml@{settings.ref}",
            branch=_scalar(settings.branch),
            runs_on=_labels(settings.runs_on),
            hosted=_labels(settings.hosted),
            folder=folder,
            validate_job=validate_job(folder),
            required_check=required_check(folder),
            secret_variables=sorted(_variables(project)),
        )

    def deploy(self, strategy: str, ways: Sequence[Leg]) -> str:
        done = list(jobs(ways))
        everything = [PLAN, *(job for each in done for job in (each.leg.gate, each.leg.job) if job)]
        return self.write("deploy", strategy, jobs=done, all_jobs=everything, opening=_OPENING, settle=SETTLE)

    def rollback(self, strategy: str, ways: Sequence[Leg]) -> str:
        return self.write("rollback", strategy, last_environment=ways[-1].environment, rollback=_ROLLBACK)

    def write(self, kind: str, strategy: str = "", **filling: Any) -> str:
        def title(what: str) -> str:
            lane = "" if strategy == self._main else strategy
            return _scalar(" ".join(part for part in ("tidegate", what, lane, self._folder) if part))

        template = self._paper.get_template(f"{kind}.yml")
        text = template.render(strategy=strategy, title=title, answering=_ANSWERING, **filling)
        return marked(_EMPTY.sub("\n\n", text).rstrip() + "\n", self._settings)


def _scalar(text: str) -> str:
    """A text as YAML: plain where nobody could take it for anything else. Expressions of GitHub stay as they are."""
    if text.startswith("${{") or (_PLAIN.fullmatch(text) and text.lower() not in _WORDS):
        return text
    return json.dumps(text)


def _labels(labels: Sequence[str]) -> str:
    said = [_scalar(label) for label in labels]
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"


def _variables(project: Project) -> Iterator[str]:
    """Variables of the runner that hold secrets: each is a secret of the leg's environment, of the same name."""
    for secret in project.secrets.values():
        if secret.kind == "env":
            if not _VARIABLE.fullmatch(secret.source):
                raise Refusal(
                    f"secret `{secret.name}` comes from `{secret.source}`, which is no name of a variable",
                    hint="Take letters, digits and _ only.",
                )
            yield secret.source
