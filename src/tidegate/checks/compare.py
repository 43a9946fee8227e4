"""Rules that a change brings along: what they would say beside those that judge, without deciding anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tidegate.model.place import Finding, Severity

_BROKEN = "no-policies policy-broken policy-builtin policy-unasked policy-package policy-shape policy-kind"
BROKEN = frozenset(_BROKEN.split())
"""Faults of rules that no document brings about: they are broken whatever they look at."""
RULES_THEMSELVES = BROKEN | {"schema-broken", "schema-unused"}


def broken_rules(findings: Sequence[Finding]) -> bool:
    return any(finding.rule in BROKEN for finding in findings)


def as_notices(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same, with rules that are broken at the base as notices: who mends them need not mend them first."""
    return tuple(
        replace(finding, severity=Severity.NOTICE) if finding.rule in BROKEN else finding for finding in findings
    )


def would_say(judged: Sequence[Finding], changed: Sequence[Finding]) -> Iterator[Finding]:
    """What the changed rules would newly find and would no longer find, as notices.

    That they are broken themselves is no notice: they would judge the next change.
    """
    before, after = {_same(finding) for finding in judged}, {_same(finding) for finding in changed}
    for finding in changed:
        if _same(finding) in before:
            continue
        if finding.rule in RULES_THEMSELVES:
            yield finding
        else:
            yield _notice(finding, "the changed rules would newly find here")
    for finding in judged:
        if _same(finding) not in after and finding.rule not in RULES_THEMSELVES:
            yield _notice(finding, "the changed rules would no longer find here")


def _same(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.message, finding.location.file, finding.location.line, finding.severity


def _notice(finding: Finding, what: str) -> Finding:
    message = f"{what}: {finding.message} ({finding.severity.value})"
    return replace(finding, message=message, severity=Severity.NOTICE, fix="")
