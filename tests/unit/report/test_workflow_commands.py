"""Annotations by workflow commands: what GitHub shows of them, and that nobody else's text is one."""

from __future__ import annotations

import re

from tidegate.model.place import Finding, Location, Report, Severity
from tidegate.report.workflow_commands import commands, workflow_text


def of(severity: Severity, line: int, rule: str = "") -> Finding:
    return Finding(rule or f"a-{severity}", f"message {line}", Location("a.yaml", line, 2), severity)


def test_a_finding_is_an_annotation_at_its_place() -> None:
    finding = Finding(
        "canary-size", "40 % at once", Location("a,b:c.yaml", 4, 53, 4, 56), Severity.WARNING, "up_to: 10%"
    )
    [said] = commands([finding])
    assert said == (
        "::warning file=a%2Cb%3Ac.yaml,line=4,col=53,endLine=4,endColumn=56,title=canary-size::"
        "40 %25 at once%0Aup_to: 10%25"
    )


def test_ten_of_each_are_shown_and_the_others_counted() -> None:
    many = [of(severity, line) for severity in Severity for line in range(1, 13)]
    said = list(commands(many))
    shown = [line.split(" ")[0] for line in said]
    assert [shown.count(f"::{severity.value}") for severity in Severity] == [10, 10, 10]
    assert said[-1].endswith("::Not shown here: 2 errors, 2 warnings, 3 notices. The log of this step has everything.")


def test_ten_of_each_need_no_counting() -> None:
    assert len(list(commands([of(severity, line) for severity in Severity for line in range(1, 11)]))) == 30


def test_one_rule_is_said_once_a_line() -> None:
    assert len(list(commands([of(Severity.ERROR, 1), of(Severity.ERROR, 1), of(Severity.ERROR, 1, "other")]))) == 2


def test_of_one_place_the_worst_is_kept() -> None:
    said = list(commands([of(Severity.NOTICE, 1, "x"), of(Severity.ERROR, 1, "x")]))
    assert [line.split(" ")[0] for line in said] == ["::error"]


def test_a_hostile_finding_is_one_command() -> None:
    finding = Finding("x", "50%\n::error::y ##[add-mask]z", Location("a\n::set-env name=A::b.yaml"), Severity.ERROR)
    text = workflow_text(Report((finding,)), lambda _: "::stop-commands::x\n##[error]y", 1)
    commanding = [line for line in text.split("\n") if re.match(r"\s*::", line) or "##[" in line]
    assert len(commanding) == 1
    assert commanding[0].startswith("::error file=a\\n%3A%3Aset-env name=A%3A%3Ab.yaml,line=1,col=1,title=x::50%25%0A")


def test_the_text_follows() -> None:
    text = workflow_text(Report((of(Severity.ERROR, 1),)), lambda _: None, 1)
    assert text.splitlines()[1] == "a.yaml:1:2  error  a-error  message 1"
