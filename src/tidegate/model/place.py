"""Where something stands in the user's files, what is wrong there, and the verdict of a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""A path through one document: ("devices", "ber-web-01", "address")."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span in a file. Lines and columns count from 1; an end of 0 means unknown."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in the user's files: which rule, where, what, and what to do (`fix`)."""

    rule: str
    message: str
    location: Location
    severity: Severity = Severity.ERROR
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a run, and the evidence that something was looked at.

    `looked` counts what was seen, by word: files, documents, artifacts, policies, rules. `engine` names the policy
    engine with its version, empty where none ran. `notes` are sentences for people.
    """

    findings: tuple[Finding, ...] = ()
    looked: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    engine: str = ""
    notes: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(1 for finding in self.findings if finding.severity is severity)

    def refused(self, fail_on: Severity = Severity.ERROR) -> bool:
        """Is the answer no? Warnings count where `fail_on` says so; notices never do."""
        fatal = {Severity.ERROR} if fail_on is Severity.ERROR else {Severity.ERROR, Severity.WARNING}
        return any(finding.severity in fatal for finding in self.findings)

    def exit_code(self, fail_on: Severity = Severity.ERROR) -> int:
        return 1 if self.refused(fail_on) else 0

    def plus(self, *others: Report) -> Report:
        """One report of several; what was looked at is added up."""
        reports = (self, *others)
        looked: dict[str, int] = {}
        for report in reports:
            for word, count in report.looked.items():
                looked[word] = looked.get(word, 0) + count
        return Report(
            findings=tuple(finding for report in reports for finding in report.findings),
            looked=MappingProxyType(looked),
            engine=next((report.engine for report in reports if report.engine), ""),
            notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
        )
