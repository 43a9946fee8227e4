"""Every shipped policy has its page, and every page its policy."""

import re
from pathlib import Path

import pytest

from tidegate.checks import rules
from tidegate.checks.policy.sets import shipped_modules
from tidegate.project.rules import RULES as OTHERS
from tidegate.report.findings import EXPLAINED

PAGES = Path(__file__).parents[2] / "docs" / "rules"
RULES = sorted(EXPLAINED)


def test_the_pages_are_those_that_a_report_names() -> None:
    assert sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "README") == RULES


def test_the_overview_names_them_all() -> None:
    assert sorted(re.findall(r"\[([a-z-]+)\]\(\1\.md\)", (PAGES / "README.md").read_text())) == RULES


def test_every_id_that_a_shipped_policy_says_has_a_page_and_metadata() -> None:
    text = "\n".join(module.text for module in shipped_modules())
    said = set(re.findall(r'"id": "([a-z-]+)"', text))
    described = set(re.findall(r"# custom:\n#   id: ([a-z-]+)\n(?:deny|warn|notice) contains", text))
    assert said == described == EXPLAINED - {"private-keys", "workflow-stale"}


@pytest.mark.parametrize("rule", RULES)
def test_a_page_says_why_shows_both_and_how_to_be_excepted(rule: str) -> None:
    page = (PAGES / f"{rule}.md").read_text()
    assert page.startswith(f"# {rule}\n")
    parts = ["**Why.**", "Bad:\n\n```yaml", "Good:\n\n```yaml", "**Exceptions.**"]
    places = [page.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_every_rule_has_one_meaning() -> None:
    assert not set(rules.RULES) & set(OTHERS)
    assert set(rules.RULES) >= EXPLAINED
