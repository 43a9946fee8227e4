"""A report as GitHub workflow commands: annotations where no check can be written, and the whole of it as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.escape import command_message, command_value
from tidegate.model.place import Finding, Report, Severity
from tidegate.report.findings import Read, findings_text, in_order
from tidegate.report.people import count

SHOWN = 10
"""Annotations of each severity that GitHub shows for one step; it drops the others without a word."""


def workflow_text(report: Report, read: Read, seconds: float) -> str:
    """The worst ten of each severity as annotations, then everything as plain text, for the log.

    Where some are left out, the last notice says how many.
    """
    return "\n".join([*commands(report.findings), findings_text(report, read, seconds)])


def commands(findings: Sequence[Finding]) -> Iterator[str]:
    """One command a line; a rule is said once for each line of a file."""
    once = {(found.location.file, found.location.line, found.rule): found for found in reversed(in_order(findings))}
    kept = in_order(list(once.values()))
    hidden: list[str] = []
    room = SHOWN - 1 if any(_of(kept, severity)[SHOWN:] for severity in Severity) else SHOWN
    for severity in Severity:
        some = _of(kept, severity)
        shown = some[: room if severity is Severity.NOTICE else SHOWN]
        yield from map(_command, shown)
        if len(shown) < len(some):
            hidden.append(count(len(some) - len(shown), severity.value))
    if hidden:
        rest = f"Not shown here: {', '.join(hidden)}. The log of this step has everything."
        yield f"::notice title=tidegate::{command_message(rest)}"


def _of(findings: Sequence[Finding], severity: Severity) -> list[Finding]:
    return [finding for finding in findings if finding.severity is severity]


def _command(finding: Finding) -> str:
    where = finding.location
    place = [f"file={command_value(where.file)}", f"line={where.line}", f"col={where.column}"]
    if where.end_line == where.line and where.end_column > where.column:
        place += [f"endLine={where.end_line}", f"endColumn={where.end_column}"]
    place.append(f"title={command_value(finding.rule)}")
    message = f"{finding.message}\n{finding.fix}" if finding.fix else finding.message
    return f"::{finding.severity.value} {','.join(place)}::{command_message(message)}"
