"""Policies, asked by the real engine: what is no answer is an error, and nothing passes because nobody looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tidegate.checks.policy.embedded import EmbeddedEngine
from tidegate.checks.policy.port import Module
from tidegate.checks.policy.run import Places, run_policies
from tidegate.checks.policy.sets import RuleSets
from tidegate.checks.policy.subject import Subject, plain
from tidegate.model.place import Finding, Location, Place, Report, Severity

TIDEGATE = "tidegate.yaml"
LOOP = """deny contains x if {
    some a in numbers.range(1, 3000)
    some b in numbers.range(1, 3000)
    some c in numbers.range(1, 3000)
    x := (a * b) * c
    x < 0
}"""


def locate(file: str, place: Place) -> Location:
    """A location that tells which place was asked for: its depth is the line."""
    return Location(file, 1 + len(place))


def subject(value: Mapping[str, Any], file: str = "a.yaml", *, lines_of: str = "") -> Subject:
    whole = {"kind": "document", "document": plain(value)}
    return Subject("document", whole, lambda place: locate(file, place), file, lines_of)


def run(*rules: str, about: list[Subject] | None = None, seconds: float = 5.0, sets: RuleSets | None = None) -> Report:
    modules = tuple(Module(f"policies/p{at}.rego", text) for at, text in enumerate(rules))
    asked = sets or RuleSets({"policies": modules})
    subjects = [subject({"a": 1})] if about is None else about
    return run_policies(asked, EmbeddedEngine(), subjects, Places(locate, TIDEGATE), seconds=seconds)


def module(rules: str, package: str = "tidegate.x") -> str:
    return f"package {package}\n{rules}"


def rules_of(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_what_rules_say_are_findings_of_their_severity() -> None:
    said = run(
        module("""
deny contains {"id": "a", "msg": "no", "path": ["x", 1], "fix": "mend"} if input.document.a == 1
warn contains {"id": "b", "msg": "well"} if input.document.a == 1
notice contains {"id": "c", "msg": "see", "file": "other.yaml", "line": 7} if input.document.a == 1
""")
    )
    assert said.findings == (
        Finding("a", "no", Location("a.yaml", 3), Severity.ERROR, "mend"),
        Finding("b", "well", Location("a.yaml", 1), Severity.WARNING),
        Finding("c", "see", Location("other.yaml", 7), Severity.NOTICE),
    )
    assert dict(said.looked) == {"policies": 3, "document": 1}
    assert said.engine.startswith("embedded regorus 0.")


@pytest.mark.parametrize(
    ("lines_of", "where", "words"),
    [
        ("files/a.conf", Location("files/a.conf", 3), "no"),
        ("", Location("a.yaml", 1), "no (line 3 of a.yaml)"),
    ],
)
def test_a_line_is_a_line_of_a_file_or_said_in_words(lines_of: str, where: Location, words: str) -> None:
    rule = module('deny contains {"id": "a", "msg": "no", "line": 3}')
    [finding] = run(rule, about=[subject({}, lines_of=lines_of)]).findings
    assert (finding.location, finding.message) == (where, words)


def test_the_same_finding_is_said_once() -> None:
    rule = module('deny contains {"id": "a", "msg": "no", "file": "x"}')
    assert len(run(rule, about=[subject({}), subject({})]).findings) == 1


# Never vacuous


def test_no_set_at_all_is_an_error() -> None:
    [finding] = run(sets=RuleSets({})).findings
    assert (finding.rule, finding.location) == ("no-policies", Location(TIDEGATE, 3))


def test_a_set_without_a_module_is_an_error() -> None:
    [finding] = run(sets=RuleSets({"policies": ()})).findings
    assert (finding.rule, finding.location) == ("no-policies", Location(TIDEGATE, 4))


def test_a_set_of_tests_and_helpers_is_an_error() -> None:
    report = run(module("f(x) if x == 1"))
    assert rules_of(report) == {"policy-unasked"}


def test_one_good_set_does_not_excuse_an_empty_one() -> None:
    good = Module("good.rego", module("deny contains 1 if input.nothing"))
    report = run(sets=RuleSets({"a": (good,), "b": ()}))
    assert [finding.message for finding in report.findings] == ["`b` has no rule that could be asked"]


def test_a_kind_that_no_rule_looks_at_is_said_once() -> None:
    report = run(module('deny contains 1 if input.kind == "plan"'), about=[subject({}), subject({})])
    assert report.findings == ()
    assert dict(report.looked) == {"policies": 1, "unseen_document": 2}


def test_a_rule_without_a_kind_is_asked_of_everything_though_its_neighbour_names_one() -> None:
    rules = module('deny contains 1 if input.kind == "plan"\nwarn contains {"id": "a", "msg": "m"} if input.document')
    assert rules_of(run(rules)) == {"a"}


# Policies that are no policies


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        (module("deny contains x if { y }"), "policy-broken", 2),
        (module("deny contains {"), "policy-broken", 2),
        (module('deny contains 1 if http.send({"url": "http://127.0.0.1"})'), "policy-builtin", 2),
        (module("deny contains 1 if opa.runtime().env.HOME"), "policy-builtin", 2),
        (module('deny contains 1 if io.jwt.decode("x")'), "policy-builtin", 2),
        (module("\ndeny contains 1 if data.tidegate.lib.f(1)"), "policy-builtin", 3),
        (module("deny contains 1", "mine.x"), "policy-unasked", 1),
        (module("dney contains 1"), "policy-unasked", 1),
        (module("deny := true"), "policy-shape", 2),
        (module('deny contains 1 if input.kind == "docment"'), "policy-kind", 1),
    ],
)
def test_a_policy_that_cannot_be_asked_is_an_error_at_its_line(text: str, rule: str, line: int) -> None:
    report = run(text, module('warn contains {"id": "good", "msg": "m"}', "tidegate.good"))
    wrong = [finding for finding in report.findings if finding.rule != "good"]
    assert [(finding.rule, finding.location.line) for finding in wrong] == [(rule, line)]
    assert wrong[0].severity is Severity.ERROR
    assert wrong[0].location.file == "policies/p0.rego"
    assert "good" in rules_of(report)


def test_nobody_adds_to_a_package_of_ours() -> None:
    ours = Module(
        "tidegate:baseline/own.rego", module('deny contains {"id": "ours", "msg": "m"} if f(1)\nf(x) if x == 1')
    )
    theirs = Module("policies/a.rego", module("f(x) if x == 2"))
    report = run(sets=RuleSets({"tidegate:baseline": (ours,), "policies": (theirs,)}))
    assert rules_of(report) == {"policy-package", "ours"}


def test_a_misspelt_builtin_names_the_nearest() -> None:
    [finding] = run(module('deny contains 1 if startwith("a", "b")')).findings[:1]
    assert finding.message == "the engine has no function `startwith`; did you mean `startswith`?"


def test_a_library_is_no_package_that_nobody_asks() -> None:
    report = run(
        module('import data.tidegate.lib\ndeny contains {"id": "a", "msg": "m"} if lib.f(input.document.a)'),
        module("f(x) if x == 1", "tidegate.lib"),
    )
    assert rules_of(report) == {"a"}


def test_a_package_may_stand_in_two_files() -> None:
    report = run(module('deny contains {"id": "a", "msg": "m"} if f(1)'), module("f(x) if x == 1"))
    assert rules_of(report) == {"a"}


# Answers that are no answers


def test_an_error_on_one_document_does_not_hide_the_findings_of_others() -> None:
    rules = module("""
deny contains {"id": "a", "msg": "too many"} if to_number(input.document.share) > 5
warn contains {"id": "b", "msg": "seen"} if input.document.share
""")
    about = [subject({"share": "9"}, "good.yaml"), subject({"share": "9%"}, "bad.yaml")]
    report = run(rules, about=about)
    assert [(finding.rule, finding.location.file) for finding in report.findings] == [
        ("a", "good.yaml"),
        ("b", "good.yaml"),
        ("b", "bad.yaml"),
        ("policy-error", "policies/p0.rego"),
    ]
    assert "about bad.yaml: could not parse" in report.findings[-1].message


def test_the_same_error_on_many_documents_is_said_once() -> None:
    about = [subject({"x": "1%"}, f"{at}.yaml") for at in range(9)]
    [finding] = run(module("deny contains 1 if to_number(input.document.x) > 5"), about=about).findings
    assert "about 0.yaml and 8 more" in finding.message


def test_a_policy_that_loops_is_stopped_and_said_once() -> None:
    good = module('deny contains {"id": "good", "msg": "m"}', "tidegate.good")
    about = [subject({}, f"{at}.yaml") for at in range(3)]
    report = run(module(LOOP), good, about=about, seconds=0.3)
    loops = [finding for finding in report.findings if finding.rule == "policy-timeout"]
    assert [(finding.location.file, finding.location.line) for finding in loops] == [("policies/p0.rego", 2)]
    assert len(report.findings) == 4


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('"words"', "no object"),
        ('{"id": "a"}', "needs `id` and `msg`"),
        ('{"id": "a", "msg": ""}', "needs `id` and `msg`"),
        ('{"id": "a", "msg": 1}', "are texts"),
        ('{"id": "a", "msg": "m", "path": "a.b"}', "list of keys"),
        ('{"id": "a", "msg": "m", "path": [{}]}', "list of keys"),
        ('{"id": "a", "msg": "m", "line": 0}', "number from 1"),
        ('{"id": "a", "msg": "m", "line": "3"}', "number from 1"),
        ('{"id": "a", "msg": "m", "severity": "low"}', "no key `severity`"),
    ],
)
def test_a_finding_that_is_none_is_an_error(said: str, words: str) -> None:
    [finding] = run(module(f"deny contains {said}")).findings
    assert finding.rule == "policy-error"
    assert words in finding.message


# What policies are shown


def test_documents_of_all_sorts_can_be_shown() -> None:
    value = {
        "nan": float("nan"),
        "inf": float("inf"),
        "lone": "\ud800",
        "\ud800": 1,
        "big": 2**90,
        "none": None,
    }
    rule = module('deny contains {"id": "odd", "msg": sprintf("%s %s", [input.document.nan, input.document.lone])}')
    [finding] = run(rule, about=[subject(value)]).findings
    assert (finding.rule, finding.message) == ("odd", "nan ?")
