"""What people see of findings: the line that is meant, what to do, and one line that says what was looked at."""

from __future__ import annotations

import re
import textwrap
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.place import Finding, Location, Report, Severity
from tidegate.report.findings import findings_json, findings_text
from tidegate.report.frame import frame

FLEET = """\
devices:
  ber-web-01:
    address: 10.1.0.11
  ber-web-02:
    adress: 10.1.0.12
"""
TIDEGATE = "strategies:\n  default:\n    waves:\n      - {name: canary, select: env=production, up_to: 40%}\n"
FILES = {"fleet/ber.yaml": FLEET, "tidegate.yaml": TIDEGATE}
LOOKED = MappingProxyType({"files": 34, "policies": 11, "document": 34, "file": 3, "artifacts": 24, "plan": 1})

UNKNOWN = Finding(
    "unknown-key",
    "`adress` is no key of a device; did you mean `address`?",
    Location("fleet/ber.yaml", 5, 5, 5, 11),
    fix="known: address driver labels vars hold",
)
CANARY = Finding(
    "canary-size",
    "wave `canary` takes 40 % of production at once; the policy allows 25 %",
    Location("tidegate.yaml", 4, 53, 4, 56),
    Severity.WARNING,
    "up_to: 10%",
)


def text(*findings: Finding, files: dict[str, str] = FILES, colour: bool = False) -> str:
    report = Report(findings, LOOKED, "embedded regorus 0.13.0")
    return findings_text(report, files.get, 0.41, colour=colour)


def test_findings_show_their_line_and_what_to_do() -> None:
    assert text(CANARY, UNKNOWN) == textwrap.dedent("""\
        fleet/ber.yaml:5:5  error  unknown-key  `adress` is no key of a device; did you
            mean `address`?
             4 │   ber-web-02:
             5 │     adress: 10.1.0.12
               │     ^^^^^^ known: address driver labels vars hold
        tidegate.yaml:4:53  warning  canary-size  wave `canary` takes 40 % of production
            at once; the policy allows 25 %
             3 │     waves:
             4 │       - {name: canary, select: env=production, up_to: 40%}
               │                                                     ^^^
               │ fix: up_to: 10%      why: docs/rules/canary-size.md

        1 error, 1 warning in 34 files. 11 policies looked at 34 documents and 24
        artifacts (embedded regorus 0.13.0). 0.4 s""")


def test_nothing_wrong_is_one_line() -> None:
    assert text() == "0 errors in 34 files. 11 policies looked at 34 documents and 24 artifacts. 0.4 s"


@pytest.mark.parametrize(
    ("looked", "words"),
    [
        ({"unseen_document": 3, "file": 2, "artifacts": 5}, "looked at 5 artifacts, none at 3 documents."),
        ({"document": 1, "unseen_file": 2, "artifacts": 5}, "looked at 1 document, none at 5 artifacts."),
        ({"project": 1}, "looked at the project."),
        ({"project": 1, "unseen_document": 1}, "looked at the project, none at 1 document."),
    ],
)
def test_what_no_policy_looks_at_is_said(looked: dict[str, int], words: str) -> None:
    said = findings_text(Report((), {"files": 1, "policies": 7, **looked}, "e 1"), FILES.get, 2)
    assert said == f"0 errors in 1 file. 7 policies {words} 2 s"


def test_notes_follow() -> None:
    said = findings_text(Report((), {"files": 1}, "e 1", ("No policy was asked.",)), FILES.get, 2)
    assert said == "0 errors in 1 file. 2 s\nNo policy was asked."


def test_the_line_of_a_key_is_never_shown() -> None:
    key = Finding("private-keys", "a GitHub token stands here", Location("fleet/ber.yaml", 5, 5))
    assert "adress" not in text(key)


def test_colour_repeats_what_words_say() -> None:
    painted = text(CANARY, UNKNOWN, colour=True)
    assert "\x1b[31merror\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == text(CANARY, UNKNOWN)


def test_a_file_that_cannot_be_shown_leaves_what_to_do() -> None:
    assert text(UNKNOWN, files={}).splitlines()[2] == "      known: address driver labels vars hold"


def test_a_hostile_file_name_stays_one_line() -> None:
    name = "a\n::error::planted\x1b[2J##[add-mask]x.yaml"
    said = text(Finding("unreadable", "this is no YAML", Location(name)), files={name: "x: \x1b[31m\n"})
    assert "\x1b" not in said
    assert "\n::" not in said
    assert "##[" not in said
    assert said.splitlines()[0].startswith(r"a\n::error::planted\x1b[2J##\[add-mask]x.yaml:1:1  error")


HOSTILE = st.text(st.one_of(st.sampled_from(list("\n\t\x1b:#[]漢é́ \u202e%")), st.characters()), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.integers(0, 6), st.integers(0, 300))
def test_no_report_holds_a_command_or_a_control(
    name: str, message: str, fix: str, content: str, line: int, column: int
) -> None:
    said = text(Finding("x", message, Location(name, line, column, line, column + 3), fix=fix), files={name: content})
    assert all(part.isprintable() for part in said.split("\n"))
    assert not any(re.match(r"\s*::", part) or "##[" in part for part in said.split("\n"))


@given(HOSTILE, st.integers(1, 6), st.integers(1, 300), st.integers(1, 300))
def test_a_frame_fits_and_its_marks_are_below_something(content: str, line: int, column: int, end: int) -> None:
    found = frame(content.splitlines(), Location("f", line, column, line, end), 70)
    if found is None:
        assert len(content.splitlines()) < line
        return
    assert all(len(shown) <= 70 for _, shown in found.lines)
    assert re.fullmatch(r" *\^+", found.marks)
    assert len(found.marks) <= 71


@pytest.mark.parametrize(
    ("line", "column", "end", "shown"),
    [
        ("key: value", 6, 11, "key: value\n     ^^^^^"),
        ("\tkey", 2, 5, "    key\n    ^^^"),
        ("漢字: x", 5, 6, "漢字: x\n      ^"),
        ("a\x00b", 3, 4, "a\\x00b\n     ^"),
        ("short", 99, 0, "short\n     ^"),
        ("x" * 60 + "MEANT" + "y" * 60, 61, 66, "…xxxxxxxxxxxxMEANTyyyyyyyyyyyyyyyyyyyyy…\n             ^^^^^"),
    ],
)
def test_marks_stand_below_what_is_meant(line: str, column: int, end: int, shown: str) -> None:
    found = frame([line], Location("f", 1, column, 1 if end else 0, end), 40)
    assert found is not None
    assert f"{found.lines[-1][1]}\n{found.marks}" == shown


def test_json_has_everything() -> None:
    said = findings_json(Report((CANARY, UNKNOWN), LOOKED, "e 1", ("n",)), exit_code=1, seconds=0.41234)
    assert said["findings"][0] == {
        "rule": "unknown-key",
        "severity": "error",
        "message": UNKNOWN.message,
        "file": "fleet/ber.yaml",
        "line": 5,
        "column": 5,
        "end_line": 5,
        "end_column": 11,
        "fix": UNKNOWN.fix,
        "page": "",
    }
    assert said["findings"][1]["page"] == "docs/rules/canary-size.md"
    del said["findings"]
    assert said == {
        "v": 1,
        "exit_code": 1,
        "errors": 1,
        "warnings": 1,
        "notices": 0,
        "looked": dict(LOOKED),
        "engine": "e 1",
        "notes": ["n"],
        "seconds": 0.412,
    }
