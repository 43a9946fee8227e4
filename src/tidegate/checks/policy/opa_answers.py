"""Questions asked of an OPA; a rule that stopped it is asked no more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, Protocol

from tidegate.checks.policy.opa_places import placed
from tidegate.checks.policy.port import Answer, Input, Module, PolicyError, Question, Undefined, Value

_AT_A_TIME = 250


class Stopped(Exception):
    """A rule that did not end, or brought OPA down. OPA is fit for the next question again."""

    def __init__(self, error: PolicyError) -> None:
        super().__init__(error.message)
        self.error = error


class Server(Protocol):
    """An OPA that has the policies, under the names of `opa_places`."""

    def rules(self) -> frozenset[str]:
        """The rules that it has, by their full name without `data.`."""

    def ask(self, rule: str, value: Any, seconds: float) -> Answer:
        """May raise `Stopped`; TidegateError where there is no OPA to be asked any more."""


class Together:
    """A module of our own that asks each rule about many inputs at a time.

    It is a rule like any other, since only of rules does OPA say that a function went wrong: to a query it is silent.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        package = f"tidegate_asks_{secrets.token_hex(8)}"
        rules = list(dict.fromkeys(question.rule for question in questions))
        self.names = {rule: f"{package}.r{at}" for at, rule in enumerate(rules)}
        parts = [f"package {package}"]
        for at, rule in enumerate(rules):
            path = "".join(f"[{json.dumps(step)}]" for step in rule.split("."))
            parts.append(f"r{at}[at] := said if {{ some at, value in input; said := data{path} with input as value }}")
        self.module = Module("", "\n".join(parts))

    def ask(self, server: Server, rule: str, values: Sequence[Input], seconds: float) -> Sequence[Answer] | None:
        """None where it is an error for any of them, or where all together take longer than `seconds`."""
        try:
            said = server.ask(self.names[rule], values, seconds)
        except Stopped:
            return None
        if not isinstance(said, Value) or not isinstance(said.value, dict):
            return None
        found = {int(at): Value(value) for at, value in said.value.items()}
        return [found.get(at, Undefined()) for at in range(len(values))]


def answers(
    server: Server,
    together: Together,
    modules: Sequence[Module],
    inputs: Sequence[Input],
    questions: Sequence[Question],
    seconds: float,
) -> Sequence[Answer]:
    """As `port.Engine.evaluate` gives them: many inputs at a time, and one by one where that gives no answer."""
    known = server.rules()
    found: dict[Question, Answer] = {}
    for rule in together.names:
        asked = list(dict.fromkeys(question for question in questions if question.rule == rule))
        if rule not in known:
            found |= dict.fromkeys(asked, PolicyError("error", f"there is no rule `{rule}`"))
            continue
        for at in range(0, len(asked), _AT_A_TIME):
            some = asked[at : at + _AT_A_TIME]
            values = [inputs[question.input] for question in some]
            try:
                said = together.ask(server, rule, values, seconds)
                said = said or [server.ask(rule, value, seconds) for value in values]
            except Stopped as stop:
                found |= dict.fromkeys(asked[at:], stop.error)
                break
            found |= zip(some, said, strict=True)
    return [_as_ours(found[question], modules) for question in questions]


def _as_ours(answer: Answer, modules: Sequence[Module]) -> Answer:
    return placed(answer, modules) if isinstance(answer, PolicyError) else answer
