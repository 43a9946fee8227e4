"""Questions asked of an OPA; a rule that stopped it is asked no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tidegate.checks.policy.opa_places import placed
from tidegate.checks.policy.port import Answer, Input, Module, PolicyError, Question

_TOGETHER = 250


class Stopped(Exception):
    """A rule that did not end, or brought OPA down. OPA is fit for the next question again."""

    def __init__(self, error: PolicyError) -> None:
        super().__init__(error.message)
        self.error = error


class Server(Protocol):
    """An OPA that has the policies, under the names of `opa_places`.

    Both questions may raise `Stopped`, and TidegateError where there is no OPA to be asked any more.
    """

    def rules(self) -> frozenset[str]:
        """The rules that it has, by their full name without `data.`."""

    def ask(self, rule: str, value: Input, seconds: float) -> Answer: ...

    def ask_all(self, rule: str, values: Sequence[Input], seconds: float) -> Sequence[Answer] | PolicyError:
        """One error where it is an error for any of them, or where all together take longer than `seconds`."""


def answers(
    server: Server, modules: Sequence[Module], inputs: Sequence[Input], questions: Sequence[Question], seconds: float
) -> Sequence[Answer]:
    """As `port.Engine.evaluate` gives them: many inputs at a time, and one by one where that gives no answer."""
    known = server.rules()
    found: dict[Question, Answer] = {}
    for rule in dict.fromkeys(question.rule for question in questions):
        asked = list(dict.fromkeys(question for question in questions if question.rule == rule))
        if rule not in known:
            found |= dict.fromkeys(asked, PolicyError("error", f"there is no rule `{rule}`"))
            continue
        for at in range(0, len(asked), _TOGETHER):
            some = asked[at : at + _TOGETHER]
            values = [inputs[question.input] for question in some]
            try:
                found |= zip(some, _of_all(server, rule, values, seconds), strict=True)
            except Stopped as stop:
                found |= dict.fromkeys(asked[at:], stop.error)
                break
    return [_as_ours(found[question], modules) for question in questions]


def _of_all(server: Server, rule: str, values: Sequence[Input], seconds: float) -> Sequence[Answer]:
    try:
        said = server.ask_all(rule, values, seconds) if len(values) > 1 else None
    except Stopped:
        said = None
    if said is not None and not isinstance(said, PolicyError):
        return said
    return [server.ask(rule, value, seconds) for value in values]


def _as_ours(answer: Answer, modules: Sequence[Module]) -> Answer:
    return placed(answer, modules) if isinstance(answer, PolicyError) else answer
