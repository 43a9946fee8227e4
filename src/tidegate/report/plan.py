"""What a plan would do, for people at a terminal, for a step summary, and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tidegate import escape
from tidegate.model.canonical import instant, short
from tidegate.model.place import Finding
from tidegate.model.plan import Kind, Plan
from tidegate.model.plan_file import plan_json
from tidegate.model.project import Hold, Project
from tidegate.report.diff import Group
from tidegate.report.people import WIDTH, count, names, wrapped
from tidegate.report.plan_diff import LINES, group_lines, group_markdown
from tidegate.report.plan_words import (
    HEAD,
    UNSIGNED,
    adopted,
    component_rows,
    headline,
    held_words,
    judgement_lines,
    lane_devices,
    wave_rows,
)

GROUPS, GROUPS_MARKDOWN = 5, 50
"""So many diffs are shown; all of them are in the document."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what people want to know beside it.

    `project` is the one it was made of. `refused`: why it may not be carried out, each with its place. `skipped`:
    devices of the plan that are on hold. `notes` are sentences of whoever made it.
    """

    plan: Plan
    project: Project
    groups: tuple[Group, ...]
    refused: tuple[Finding, ...] = ()
    skipped: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    @property
    def unchanged(self) -> int:
        """Devices of this strategy that run it already, by the record."""
        return max(0, lane_devices(self.plan, self.project) - len(self.plan.devices))

    @property
    def lane_option(self) -> str:
        return "" if self.plan.strategy == "default" else f" --strategy {self.plan.strategy}"


def plan_text(view: PlanView) -> str:
    """One screen: the answer, the waves, the first diffs, and the next command."""
    plan = view.plan
    lines = [_first(view), *_refusals(view)]
    if view.refused:
        lines.append("")
    if plan.devices:
        lines += [*_components(view), "", *_waves(view), "", *_diffs(view)]
    return "\n".join([*lines, *(line for said in _closing(view) for line in wrapped(said, indent=2))])


def plan_markdown(view: PlanView) -> str:
    """For a step summary or a comment: the same, with every table whole and the diffs folded."""
    plan, said = view.plan, headline(view.plan, view.project, len(view.refused))
    parts = [f"**{escape.markdown(said)}** plan `{short(plan.digest)}`"]
    parts += [
        f"- {escape.markdown(str(brake.location))} **{brake.rule}** {escape.markdown(brake.message)}. "
        f"{escape.markdown(brake.fix)}"
        for brake in view.refused
    ]
    if plan.devices:
        parts.append(_table(("component", "devices", "files"), component_rows(plan, view.groups)))
        parts.append(_table(HEAD, wave_rows(plan, view.project)))
        parts += [escape.markdown(line) for line in judgement_lines(plan, view.project)]
        parts += [group_markdown(group, index) for index, group in enumerate(view.groups[:GROUPS_MARKDOWN])]
    if len(view.groups) > GROUPS_MARKDOWN:
        more = count(len(view.groups) - GROUPS_MARKDOWN, "diff")
        parts.append(f"{more} more: `tidegate plan --format json`")
    return "\n\n".join([*parts, *(escape.markdown(line) for line in _closing(view))])


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [head, ["---"] * len(head), *([escape.markdown(str(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def plan_document(view: PlanView) -> dict[str, Any]:
    """All of `plan.json`, and what is not recorded: the diffs whole, who is skipped, why it is refused."""
    plan: dict[str, Any] = dict(plan_json(view.plan))  # type: ignore[arg-type]
    return {
        **plan,
        "refused": [
            {
                "rule": brake.rule,
                "message": brake.message,
                "fix": brake.fix,
                "file": brake.location.file,
                "line": brake.location.line,
            }
            for brake in view.refused
        ],
        "unchanged": view.unchanged,
        "adopted": adopted(view.groups),
        "skipped": {name: {"reason": hold.reason, "until": instant(hold.until)} for name, hold in view.skipped.items()},
        "groups": [_group(group) for group in view.groups],
        "signed": False,
        "notes": list(view.notes),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "component": group.component,
        "devices": list(group.devices),
        "before": group.before,
        "files": [
            {"target": file.target, "notes": list(file.notes), "lines": list(file.lines)} for file in group.files
        ],
    }


def _first(view: PlanView) -> str:
    said = headline(view.plan, view.project, len(view.refused))
    known = f"plan {short(view.plan.digest)}"
    return f"{said}{known:>{WIDTH - len(said)}}" if len(said) + len(known) + 2 <= WIDTH else f"{said}  {known}"


def _refusals(view: PlanView) -> Iterator[str]:
    for brake in view.refused:
        yield from wrapped(brake.message, f"  {escape.line(str(brake.location))}  {brake.rule}  ", indent=4)
        yield from wrapped(brake.fix, "    fix: ", indent=4)


def _components(view: PlanView) -> Iterator[str]:
    for name, devices, targets in component_rows(view.plan, view.groups):
        yield escape.line(f"  {name}   {count(devices, 'device')}   {targets}", WIDTH)


def _waves(view: PlanView) -> Iterator[str]:
    rows = [HEAD, *wave_rows(view.plan, view.project)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield escape.line("  ".join([*cells, row[-1]]), WIDTH)
    for said in judgement_lines(view.plan, view.project):
        yield from wrapped(said, indent=2)


def _diffs(view: PlanView) -> Iterator[str]:
    left = 2 * LINES
    for index, group in enumerate(view.groups[:GROUPS]):
        yield from group_lines(group, index, min(left, LINES))
        left -= min(left, LINES, sum(len(file.lines) for file in group.files))
    more = view.groups[GROUPS:]
    if more:
        devices = sorted({name for group in more for name in group.devices})
        said = f"and {count(len(more), 'diff')} more, on {names(devices, 30)}: tidegate plan --format json"
        yield from wrapped(said, indent=2)
    if view.groups:
        yield ""


def _closing(view: PlanView) -> Iterator[str]:
    """What else is to be known, and what to do next."""
    found = adopted(view.groups)
    if found:
        yield (
            f"Adopted: {names(found, 40)}: nothing is recorded there. Their files as found are kept, and come back "
            "if this goes back."
        )
    if view.plan.devices and view.unchanged:
        yield f"Not changed: {count(view.unchanged, 'device')}, which run it already."
    if view.skipped:
        yield f"Skipped: {', '.join(held_words(name, hold) for name, hold in sorted(view.skipped.items()))}."
    yield from view.notes
    if view.plan.devices:
        yield UNSIGNED
    yield from _next(view)


def _next(view: PlanView) -> Iterator[str]:
    if view.plan.devices and not view.refused and view.plan.kind is Kind.DEPLOY:
        yield f"Next: tidegate deploy{view.lane_option}"
    if view.groups:
        group = view.groups[-1]
        yield f"One device whole: tidegate render {group.devices[0]} {group.component} --explain"
