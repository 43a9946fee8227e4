"""Every folder in projects/bad is a project with faults; its findings.txt says which, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.model.place import Finding
from tidegate.project.load import load
from tidegate.project.probe_values import check_probes
from tidegate.project.render import render
from tidegate.project.rules import RULES
from tidegate.project.settle import pairs
from tidegate.tree import WorkTree

BAD = Path(__file__).parent.parent / "projects" / "bad"
CASES = sorted(path.name for path in BAD.iterdir())


def findings_of(folder: Path) -> list[Finding]:
    """What reading, and if that went well rendering, has to say."""
    tree = WorkTree(folder)
    loaded = load(tree, name_hint="shop")
    found = list(loaded.report.findings)
    if loaded.project is not None:
        found += render(tree, loaded.project, pairs(loaded.project), loaded.documents).report.findings
        found += check_probes(loaded.project, loaded.documents)
    return found


def as_text(findings: list[Finding]) -> str:
    return "".join(
        f"{finding.location}  {finding.severity}  {finding.rule}  {finding.message}\n"
        + (f"    {finding.fix}\n" if finding.fix else "")
        for finding in findings
    )


@pytest.mark.parametrize("case", CASES)
def test_a_bad_project_is_told_what_is_wrong_and_where(case: str) -> None:
    assert as_text(findings_of(BAD / case)) == (BAD / case / "findings.txt").read_text(encoding="utf-8")


def test_every_rule_has_a_bad_project_that_breaks_it() -> None:
    told = {line.split("  ")[2] for case in CASES for line in _told(case)}
    assert told == set(RULES)


def _told(case: str) -> list[str]:
    lines = (BAD / case / "findings.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("    ")]
