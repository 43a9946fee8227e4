"""The tests that stand beside the shipped policies, run by the engine that users have."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tidegate.checks.policy.embedded import EmbeddedEngine
from tidegate.checks.policy.port import Answer, Parsed, Question, Value
from tidegate.checks.policy.preflight import preflight
from tidegate.checks.policy.sets import TEST, shipped_modules

ENGINE = EmbeddedEngine()
POLICIES = shipped_modules()
TESTS = shipped_modules(ending=TEST)


def rego_tests() -> Mapping[str, Answer]:
    """What each `test_*` rule says; all are asked at once."""
    parsed = [module for module in ENGINE.inspect(TESTS) if isinstance(module, Parsed)]
    names = [f"{module.package}.{rule.name}" for module in parsed for rule in module.rules]
    questions = [Question(name, 0) for name in names if ".test_" in name]
    answers = ENGINE.evaluate([*POLICIES, *TESTS], [{}], questions)
    return {question.rule: answer for question, answer in zip(questions, answers, strict=True)}


ANSWERS = rego_tests()


@pytest.mark.parametrize("name", ANSWERS)
def test_rego(name: str) -> None:
    assert ANSWERS[name] == Value(value=True)


def test_every_policy_has_tests_beside_it() -> None:
    assert [module.file.removesuffix(".rego") for module in POLICIES] == [
        module.file.removesuffix(TEST) for module in TESTS
    ]


def test_every_policy_and_every_test_is_fit() -> None:
    cleared = preflight(ENGINE.inspect(POLICIES))
    assert cleared.findings == ()
    assert cleared.fit == {module.file for module in POLICIES}
    assert all(isinstance(module, Parsed) for module in ENGINE.inspect(TESTS))
