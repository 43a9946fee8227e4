"""A step's summary: the answer first, who did not make it, and nothing that others wrote is markup."""

from __future__ import annotations

from stories import partial, reverted, staged
from telling import UP
from tidegate.model.place import Finding, Location, Report, Severity
from tidegate.report.markdown import FINDINGS, error_markdown, findings_markdown, record_markdown

EVIL = "<script>x</script> @ada [a](http://b) `code` | cell\n::error::y ##[add-mask]z"


def is_harmless(text: str) -> bool:
    """No HTML but ours, no mention, no link, no command."""
    signs = ("<script", "@ada", "[a](", "\n::error", "##[")
    return not any(sign in text.replace("\\", "") if sign == "@ada" else sign in text for sign in signs)


def test_a_rollout_begins_with_the_numbers() -> None:
    said = record_markdown(reverted().record())
    assert said.startswith("**4 of 22 confirmed, 15 skipped, 3 reverted**")
    assert "| ✗ | canary |" in said
    assert "| ber\\-web\\-04 | canary | reverted |" in said
    assert "<summary>4 devices with the change</summary>" in said
    assert "tidegate audit show default-812" in said


def test_those_with_the_change_are_folded_and_the_others_not() -> None:
    said = record_markdown(partial().record())
    rows, _, folded = said.partition("<details>")
    assert "| ber\\-web\\-10 |" in rows
    assert "ber\\-web\\-14" in folded
    assert "ber\\-web\\-14" not in rows


def test_what_a_device_says_is_no_markup() -> None:
    tale = staged().wave("canary").fail("ber-web-04", EVIL).go("muc-web-02 ams-web-01", UP)
    said = record_markdown(tale.record(), exit_code=1)
    assert "script" in said
    assert is_harmless(said.partition("```")[0] + said.rpartition("```")[2]), said
    assert "::error" not in [line.strip()[:7] for line in said.splitlines()]


def test_findings_are_rows_the_first_by_file_and_none_is_markup() -> None:
    found = [
        Finding("a-rule", EVIL, Location("b.yaml", 7), Severity.ERROR, EVIL),
        Finding("canary-size", "40 % at once", Location("a.yaml", 3), Severity.WARNING, "up_to: 10%"),
    ]
    said = findings_markdown(Report(tuple(found), {"files": 3}, notes=(EVIL,)), 0.4)
    assert said.startswith("**1 error, 1 warning in 3 files\\.")
    assert said.index("a\\.yaml") < said.index("b\\.yaml")
    assert "docs/rules/canary\\-size\\.md" in said
    assert is_harmless(said), said


def test_of_very_many_findings_the_rest_is_counted() -> None:
    many = tuple(Finding("x", "wrong", Location("a.yaml", line)) for line in range(1, FINDINGS + 8))
    said = findings_markdown(Report(many), 1)
    assert said.count("\n| a") == FINDINGS
    assert "7 findings more" in said


def test_an_error_says_what_and_what_to_do() -> None:
    assert error_markdown("it broke", "mend it") == "✗ it broke\n\nmend it"
    assert is_harmless(error_markdown(EVIL, ""))
