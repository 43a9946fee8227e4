"""Findings as annotations: whatever they say, GitHub takes them, and nothing in them is a command."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fakes.github.endpoints.checks import check_body
from tidegate.github.annotations import annotated
from tidegate.github.check_runs import AT_ONCE, Check
from tidegate.model.place import Finding, Location, Severity

COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        ["::error::x", "a\n::set-output name=a::b", "x ##[add-mask]y", "\x1b[2J", "\u202e", "", " ", "x" * 99_999]
    ),
)


def at(line: int, rule: str = "a-rule", severity: Severity = Severity.ERROR, message: str = "no") -> Finding:
    return Finding(rule, message, Location("fleet/all.yaml", line), severity)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    lines = st.integers(1, 9)
    columns = st.integers(0, 40)
    place = Location(draw(HOSTILE) or "a", draw(lines), draw(columns), draw(st.integers(0, 9)), draw(columns))
    severity = draw(st.sampled_from(Severity))
    return Finding(draw(HOSTILE), draw(HOSTILE), place, severity, draw(HOSTILE))


@given(st.lists(findings(), max_size=60), st.integers(1, 60))
def test_github_takes_them_and_none_is_a_command(some: list[Finding], most: int) -> None:
    shown = annotated(some, most=most).annotations
    assert len(shown) <= most
    for start in range(0, len(shown), AT_ONCE):
        batch = shown[start : start + AT_ONCE]
        check_body(Check("tidegate / validate", "key", "Title", "Summary").payload(batch))
    for one in shown:
        assert not any(COMMAND.search(text) for text in (one.message, one.title, one.path))
    order = ["failure", "warning", "notice"]
    assert [one.level for one in shown] == sorted((one.level for one in shown), key=order.index)


def test_the_worst_come_first_and_the_others_are_counted() -> None:
    many = [at(line, severity=Severity.NOTICE) for line in range(1, 9)] + [at(1), at(1), at(1, "other")]
    shown = annotated(many, most=5)
    assert [(one.start_line, one.title) for one in shown.annotations[:2]] == [(1, "a-rule"), (1, "other")]
    assert len(shown.annotations) == 5
    assert shown.hidden == "Not shown at a line: 4 notices."


def test_lines_are_those_of_the_head_or_there_is_no_annotation() -> None:
    def mapped(location: Location) -> Location | None:
        return Location(location.file, location.line + 10) if location.line < 3 else None

    shown = annotated([at(1), at(2), at(3)], mapped)
    assert [one.start_line for one in shown.annotations] == [11, 12]
    assert shown.hidden == "Not shown at a line: 1 error."


def test_columns_only_where_it_is_one_line() -> None:
    one = Finding("r", "m", Location("a.yaml", 4, 2, 4, 9), fix="do this")
    two = Finding("r", "m", Location("b.yaml", 4, 2, 6, 9))
    first, second = annotated([one, two]).annotations
    assert first.payload == {
        "path": "a.yaml",
        "start_line": 4,
        "end_line": 4,
        "annotation_level": "failure",
        "message": "m\ndo this",
        "title": "r",
        "start_column": 2,
        "end_column": 9,
    }
    assert "start_column" not in second.payload
