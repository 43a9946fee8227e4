"""A report for people: each finding with its line, what to do and why, and at the end what was looked at."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tidegate import escape
from tidegate.model.place import Finding, Report, Severity
from tidegate.report.frame import frame
from tidegate.report.people import WIDTH, count, duration, wrapped

Read: TypeAlias = Callable[[str], str | None]
"""The text of a file of the repository; None where there is none to show."""

EXPLAINED = frozenset({"canary-size", "unproven", "no-health", "modes", "private-keys", "workflow-stale"})
"""Rules with a page of their own, docs/rules/<id>.md."""

_UNSHOWN = frozenset({"private-keys"})
"""Rules whose line is what nobody may see."""

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}
_RED, _YELLOW, _BLUE, _BOLD, _FAINT = "31", "33", "34", "1", "2"
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW, Severity.NOTICE: _BLUE}
_NUMBER = 6
_KNOWN = "known: "


@dataclass(frozen=True, slots=True)
class Paint:
    """Colour, or none. What is painted has been defused."""

    colour: bool

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def page(rule: str) -> str:
    """The docs page of a rule, or nothing."""
    return f"docs/rules/{rule}.md" if rule in EXPLAINED else ""


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """By file and line; of one place the worst first."""
    return sorted(findings, key=lambda finding: (finding.location, _ORDER[finding.severity], finding.rule))


def findings_text(report: Report, read: Read, seconds: float, *, colour: bool = False) -> str:
    """Every finding with its line, then one line of sums. `seconds` is how long it took."""
    paint = Paint(colour)
    lines = functools.cache(lambda file: None if (text := read(file)) is None else text.splitlines())
    parts = ["\n".join(_finding(finding, lines, paint)) for finding in in_order(report.findings)]
    end = "\n".join([*summary(report, seconds), *(line for note in report.notes for line in wrapped(note))])
    return "\n".join([*parts, "", end] if parts else [end])


def summary(report: Report, seconds: float) -> list[str]:
    """`2 errors, 1 warning in 34 files. 11 policies looked at 34 documents and 24 artifacts (engine). 0.4 s`"""
    counts = [(report.count(severity), severity) for severity in Severity]
    said = ", ".join(
        count(number, severity.value) for number, severity in counts if number or severity is Severity.ERROR
    )
    took = duration(seconds)
    *lines, last = wrapped(f"{said} in {count(report.looked.get('files', 0), 'file')}. {_policies(report)}")
    return [*lines, f"{last} {took}"] if len(last) + 1 + len(took) <= WIDTH else [*lines, last, took]


def findings_json(report: Report, *, exit_code: int, seconds: float) -> dict[str, Any]:
    """The whole report, for programs. Lines and columns count from 1; null where an end is not known."""
    return {
        "v": 1,
        "exit_code": exit_code,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notices": report.count(Severity.NOTICE),
        "findings": [_as_json(finding) for finding in in_order(report.findings)],
        "looked": dict(sorted(report.looked.items())),
        "engine": report.engine,
        "notes": list(report.notes),
        "seconds": round(seconds, 3),
    }


def _finding(finding: Finding, read: Callable[[str], list[str] | None], paint: Paint) -> Iterator[str]:
    where, severity, rule = str(finding.location), finding.severity.value, finding.rule
    head = f"{escape.line(where)}  {severity}  {escape.line(rule)}  "
    first, *rest = wrapped(finding.message, head, indent=4, most=6)
    yield first.replace(f"  {severity}  ", f"  {paint(severity, _COLOURS[finding.severity])}  ", 1)
    yield from rest
    lines = None if rule in _UNSHOWN else read(finding.location.file)
    found = frame(lines, finding.location, WIDTH - _NUMBER - 4) if lines is not None else None
    fix = finding.fix
    if found is None:
        yield from (f"      {line}" for line in _advice(fix, rule))
        return
    bar = paint("│", _FAINT)
    for number, line in found.lines:
        yield f"{paint(f'{number:>{_NUMBER}}', _FAINT)} {bar} {line}".rstrip()
    marks = f"{'':>{_NUMBER}} {bar} {paint(found.marks, _COLOURS[finding.severity])}"
    beside = fix.startswith(_KNOWN) and _NUMBER + 4 + len(found.marks) + len(fix) < WIDTH
    yield f"{marks} {escape.line(fix)}" if beside else marks
    for line in _advice("" if beside else fix, rule):
        yield f"{'':>{_NUMBER}} {bar} {line}"


def _advice(fix: str, rule: str) -> Iterator[str]:
    """What to do, and where it is explained; on one line where both fit."""
    said = fix if not fix or fix.startswith(_KNOWN) else f"fix: {fix}"
    why = f"why: {page(rule)}" if page(rule) else ""
    lines = [line[_NUMBER + 4 :] for line in wrapped(said, " " * (_NUMBER + 4))] if said else []
    if lines and why and len(lines) == 1 and _NUMBER + 4 + len(lines[0]) + 6 + len(why) <= WIDTH:
        yield f"{lines[0]}      {why}"
        return
    yield from lines
    if why:
        yield why


def _policies(report: Report) -> str:
    """`11 policies looked at 34 documents and 24 artifacts.`, or at what there is of that, `none at` the rest."""
    asked = report.looked.get("policies", 0)
    if not asked:
        return ""
    seen, unseen = _counted(report, ""), _counted(report, "unseen_")
    words = " and ".join(seen) or "the project"
    rest = f", none at {' and '.join(unseen)}" if unseen else ""
    engine = f" ({report.engine})" if report.findings else ""
    return f"{asked} {'policy' if asked == 1 else 'policies'} looked at {words}{rest}{engine}."


def _counted(report: Report, prefix: str) -> list[str]:
    """Policies see equal files of many devices once; people count artifacts."""
    looked = report.looked
    documents = looked.get(prefix + "document", 0)
    artifacts = looked.get("artifacts", 0) if prefix + "file" in looked else 0
    return [count(number, word) for number, word in ((documents, "document"), (artifacts, "artifact")) if number]


def _as_json(finding: Finding) -> dict[str, Any]:
    where = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": where.file,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line or None,
        "end_column": where.end_column or None,
        "fix": finding.fix,
        "page": page(finding.rule),
    }
