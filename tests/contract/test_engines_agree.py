"""Real OPA and the embedded engine say the same of every project beside, finding by finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_tree import MemoryTree
from opas import an_opa
from tidegate.app.change.validate import validate_tree
from tidegate.model.place import Finding, Report
from tidegate.project.load import load

PROJECTS = Path(__file__).parents[1] / "projects"
NAMES = sorted(path.name for path in PROJECTS.glob("policy-*"))
WORDS_OF_THE_ENGINE = ("policy-broken", "policy-error", "policy-timeout")


def project(name: str) -> dict[str, bytes]:
    """The good project, and over it the files of another."""
    folders = (PROJECTS / "policy-good", PROJECTS / name)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "expected.txt"
    }


def report(tree: MemoryTree, path: str) -> Report:
    return validate_tree(tree, load(tree, "", "house"), environ={"PATH": path}).report


def said(found: Report) -> list[tuple[object, ...]]:
    """Findings with their words, but for those that each engine words its own way."""
    return [
        (one.rule, one.severity, one.location if words else one.location.file, words)
        for one in found.findings
        for words in [_words(one)]
    ]


def _words(one: Finding) -> str:
    return "" if one.rule in WORDS_OF_THE_ENGINE else f"{one.message} {one.fix}"


@pytest.mark.parametrize("name", NAMES)
def test_they_agree(name: str) -> None:
    tree = MemoryTree(project(name))
    opa, embedded = report(tree, str(Path(an_opa()).parent)), report(tree, "")
    assert opa.engine.startswith("OPA 1.")
    assert embedded.engine.startswith("embedded regorus ")
    assert said(opa) == said(embedded)
    assert opa.looked == embedded.looked


RULES = """package tidegate.house
{}
"""
FAULTS = {
    "policy-broken": "deny contains x if { y }",
    "policy-builtin": "deny contains 1 if http.send({})",
    "policy-error": 'deny contains {"id": "a", "msg": "b"} if to_number("12%") > 1',
    "policy-timeout": """deny contains x if {
    some a in numbers.range(1, 3000)
    some b in numbers.range(1, 3000)
    some c in numbers.range(1, 3000)
    x := (a * b) * c
    x < 0
}""",
    "policy-unasked": 'rule contains {"id": "a"} if true',
    "no-policies": "",
}


@pytest.mark.parametrize("path", ["", "opa"])
@pytest.mark.parametrize("rule", FAULTS)
def test_what_gives_no_answer_is_an_error(rule: str, path: str) -> None:
    files = project("policy-good")
    files["tidegate.yaml"] += b"checks: {policies: [mine]}\n"
    if rule == "no-policies":
        files["mine/a_test.rego"] = b"package tidegate.house\ntest_it if true\n"
    else:
        files["mine/a.rego"] = RULES.format(FAULTS[rule]).encode()
    found = report(MemoryTree(files), str(Path(an_opa()).parent) if path else "")
    assert rule in {one.rule for one in found.findings}
    assert found.refused()
