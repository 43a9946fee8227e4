"""What every policy engine owes (checks/policy/port.py): the embedded one, the `opa` program, an OPA that serves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from opas import an_opa
from tidegate.checks.policy.embedded import EmbeddedEngine
from tidegate.checks.policy.opa import OpaEngine
from tidegate.checks.policy.opa_program import Program
from tidegate.checks.policy.opa_remote import RemoteOpaEngine
from tidegate.checks.policy.port import Answer, Engine, Module, Parsed, PolicyError, Question, Undefined, Value
from tidegate.checks.policy.preflight import preflight
from tidegate.checks.policy.sets import REGO, TEST, shipped_modules

ENGINES = ("embedded", "opa", "opa_url")

LOOP = """
loop contains x if {
    some a in numbers.range(1, 3000)
    some b in numbers.range(1, 3000)
    some c in numbers.range(1, 3000)
    x := (a * b) * c
    x < 0
}
"""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "embedded":
        return EmbeddedEngine()
    program = OpaEngine(Program(an_opa()))
    if request.param == "opa":
        return program
    return RemoteOpaEngine(request.getfixturevalue("opa_url"), program)


def module(rules: str, file: str = "policies/a.rego") -> Module:
    return Module(file, f"package tidegate.a\n{rules}")


def ask(engine: Engine, rules: str, rule: str, value: Any = None, *, seconds: float = 5) -> Answer:
    inputs = [{"x": value}]
    [answer] = engine.evaluate([module(rules)], inputs, [Question(f"tidegate.a.{rule}", 0)], seconds=seconds)
    return answer


def test_it_says_its_name_and_version(engine: Engine) -> None:
    assert engine.name
    assert engine.version[0].isdigit()


def test_a_set_of_objects_comes_as_a_list(engine: Engine) -> None:
    answer = ask(engine, 'deny contains {"id": "a", "msg": input.x} if input.x', "deny", "words")
    assert answer == Value([{"id": "a", "msg": "words"}])


def test_a_rule_that_does_not_fire_is_an_empty_set(engine: Engine) -> None:
    assert ask(engine, "deny contains 1 if input.x > 2", "deny", 1) == Value([])


def test_a_rule_without_a_value_is_undefined(engine: Engine) -> None:
    assert ask(engine, "one := 1 if input.nothing", "one") == Undefined()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (False, "boolean"),
        (True, "boolean"),
        (0, "number"),
        (1.5, "number"),
        (2**80, "number"),
        (None, "null"),
        ("no", "string"),
        ("2026-01-01", "string"),
        ("zwölf\u2028漢", "string"),
        ([], "array"),
        ({"a": {}}, "object"),
    ],
)
def test_values_keep_their_type(engine: Engine, value: Any, kind: str) -> None:
    assert ask(engine, "kind := type_name(input.x)", "kind", value) == Value(kind)


def test_deep_values_arrive(engine: Engine) -> None:
    deep: dict[str, Any] = {}
    for _ in range(120):
        deep = {"a": deep}
    assert ask(engine, "deep := is_object(input.x)", "deep", deep) == Value(value=True)


def test_answers_come_in_the_order_of_the_questions(engine: Engine) -> None:
    rules = "double := input.x * 2\nhalf := input.x / 2"
    questions = [Question("tidegate.a.half", 1), Question("tidegate.a.double", 0), Question("tidegate.a.double", 1)]
    assert engine.evaluate([module(rules)], [{"x": 2}, {"x": 4}], questions) == [Value(2), Value(4), Value(8)]


def test_an_error_of_a_rule_is_an_answer_of_its_own(engine: Engine) -> None:
    rules = 'bad if to_number(input.x) > 1\ngood contains "x"'
    questions = [Question("tidegate.a.bad", 0), Question("tidegate.a.good", 0)]
    bad, good = engine.evaluate([module(rules)], [{"x": "12%"}], questions)
    assert isinstance(bad, PolicyError)
    assert (bad.kind, bad.file, bad.line) == ("error", "policies/a.rego", 2)
    assert "\n" not in bad.message
    assert good == Value(["x"])


def test_an_error_for_one_of_many_inputs_is_its_own(engine: Engine) -> None:
    rules = 'bad contains "x" if to_number(input.x) > 1'
    questions = [Question("tidegate.a.bad", at) for at in range(4)]
    inputs = [{"x": "1"}, {"x": "2"}, {"x": "12%"}, {"x": "3"}]
    one, two, wrong, three = engine.evaluate([module(rules)], inputs, questions)
    assert (one, two, three) == (Value([]), Value(["x"]), Value(["x"]))
    assert isinstance(wrong, PolicyError)
    assert (wrong.kind, wrong.file, wrong.line) == ("error", "policies/a.rego", 2)


def test_a_rule_that_there_is_not_is_an_error(engine: Engine) -> None:
    assert isinstance(ask(engine, "deny contains 1", "dney"), PolicyError)


def test_a_rule_that_does_not_end_is_stopped_and_the_others_are_asked(engine: Engine) -> None:
    rules = LOOP + "good contains input.x if true"
    names = ["loop", "good", "loop", "good"]
    questions = [Question(f"tidegate.a.{name}", at // 2) for at, name in enumerate(names)]
    loop, good, again, more = engine.evaluate([module(rules)], [{"x": 1}, {"x": 2}], questions, seconds=0.3)
    assert isinstance(loop, PolicyError)
    assert loop.kind == "timeout"
    assert "0.3 s" in loop.message
    assert again == loop
    assert (good, more) == (Value([1]), Value([2]))


def test_a_rule_that_wants_too_much_brings_nobody_down(engine: Engine) -> None:
    rules = 'bad contains count(numbers.range(1, 900000000))\ngood contains "x"'
    questions = [Question("tidegate.a.bad", 0), Question("tidegate.a.good", 0)]
    bad, good = engine.evaluate([module(rules)], [{}], questions, seconds=5)
    assert isinstance(bad, PolicyError)
    assert good == Value(["x"])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("package tidegate.a\ndeny contains {", 2, "expression|eof"),
        ("package tidegate.a\n\ndeny contains x if { y }", 3, "unsafe"),
        ("package tidegate.a\nf(x) if x\nf(x, y) if x == y", (2, 3), "argument|conflict"),
        ("deny contains 1", 1, "package"),
        ("", 1, "package|empty"),
        ("package tidegate.a\ndeny[msg] { msg := 1 }", 2, ""),
    ],
)
def test_a_module_that_does_not_compile_says_where(
    engine: Engine, text: str, line: int | tuple[int, ...], words: str
) -> None:
    good = module("deny contains 1", "policies/good.rego")
    bad, parsed = engine.inspect([Module("policies/bad.rego", text), good])
    assert isinstance(bad, PolicyError)
    assert (bad.kind, bad.file) == ("compile", "policies/bad.rego")
    assert bad.line in (line if isinstance(line, tuple) else (line,))
    assert re.search(words, bad.message)
    assert isinstance(parsed, Parsed)


def test_a_module_is_taken_apart(engine: Engine) -> None:
    rules = """
import data.tidegate.lib as helpful
deny contains "x" if {
    input.kind == "plan"
    helpful.f(input.x)
}
warn contains "y" if input.kind in {"file", "document"}
g(x) := upper(x)
one := g("a")
"""
    [parsed] = engine.inspect([module(rules)])
    assert isinstance(parsed, Parsed)
    assert parsed.package == "tidegate.a"
    assert [(rule.name, rule.line, rule.shape) for rule in parsed.rules] == [
        ("deny", 4, "set"),
        ("warn", 8, "set"),
        ("g", 9, "function"),
        ("one", 10, "value"),
    ]
    assert {call.name for call in parsed.calls} == {"data.tidegate.lib.f", "upper", "g"}
    assert "tidegate.lib.f" in parsed.uses
    assert parsed.kinds == ("document", "file", "plan")


@pytest.mark.parametrize("ending", [REGO, TEST])
def test_all_engines_take_the_shipped_policies_apart_alike(engine: Engine, ending: str) -> None:
    modules = shipped_modules(ending=ending)
    assert [_unordered(one) for one in engine.inspect(modules)] == [
        _unordered(one) for one in EmbeddedEngine().inspect(modules)
    ]


def test_the_tests_of_the_shipped_policies_hold_on_every_engine(engine: Engine) -> None:
    tests = shipped_modules(ending=TEST)
    parsed = [one for one in engine.inspect(tests) if isinstance(one, Parsed)]
    questions = [Question(f"{one.package}.{rule.name}", 0) for one in parsed for rule in one.rules]
    asked = [question for question in questions if ".test_" in question.rule]
    assert len(asked) > 10
    answers = engine.evaluate([*shipped_modules(), *tests], [{}], asked)
    assert dict(zip(asked, answers, strict=True)) == dict.fromkeys(asked, Value(value=True))


def _unordered(one: Parsed | PolicyError) -> Any:
    assert isinstance(one, Parsed)
    return replace(one, calls=tuple(sorted(set(one.calls), key=lambda call: (call.line, call.column, call.name))))


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("deny contains 1 if { y }", 22),
        ("deny contains 1 if {\ty\t}", 22),
        ('deny contains 1 if { "é漢" == "a"; y }', 35),
    ],
)
def test_columns_count_letters(engine: Engine, line: str, column: int) -> None:
    [wrong] = engine.inspect([module(line)])
    assert isinstance(wrong, PolicyError)
    assert (wrong.line, wrong.column) == (2, column)


def test_calls_stand_where_their_name_begins(engine: Engine) -> None:
    [parsed] = engine.inspect([module('deny contains 1 if {\n\t"é" == "a"; http.send({})\n}')])
    assert isinstance(parsed, Parsed)
    assert [(call.name, call.line, call.column) for call in parsed.calls] == [("http.send", 3, 14)]


@pytest.mark.parametrize(
    "rule",
    [
        "deny contains 1 if http.send({})",
        'deny contains 1 if not http["send"]({})',
        "deny contains 1 if opa.runtime().env.TOKEN",
        "deny contains 1 if { x := [y | y := time.now_ns()]; x }",
        "f(x) := net.lookup_ip_addr(x)\ndeny contains 1 if f(1)",
        "http := 1\ndeny contains 1 if http.send({})",
        "import input as http\ndeny contains 1 if http.send({})",
        'deny contains 1 if every x in ["a"] { rand.intn(x, 2) == 1 }',
        "deny contains 1 if count(1) == 0 with count as http.send",
    ],
)
def test_nothing_that_reaches_out_gets_past_the_preflight(engine: Engine, rule: str) -> None:
    cleared = preflight(engine.inspect([module(rule)]), engine.builtins)
    assert cleared.rules == ()
    assert {finding.rule for finding in cleared.findings} <= {"policy-builtin", "policy-broken"}
    assert cleared.findings


def test_no_policy_sees_the_environment(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEGATE_PLANTED", "planted")
    answer = ask(engine, "env := opa.runtime()", "env")
    assert "planted" not in str(answer)
