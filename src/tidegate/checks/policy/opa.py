"""The engine `opa`, by an `opa` program of this machine: started for the questions, stopped after them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Self, TypeVar

from tidegate.checks.policy.opa_answers import Stopped, Together, answers
from tidegate.checks.policy.opa_client import Connection, OpaAway
from tidegate.checks.policy.opa_program import Program
from tidegate.checks.policy.opa_tree import summary
from tidegate.checks.policy.port import SECONDS, Answer, Input, Module, Parsed, PolicyError, Question

T = TypeVar("T")
_NO_FUNCTION = "undefined function "


class OpaEngine:
    """`port.Engine` by OPA itself."""

    name = "OPA"

    def __init__(self, program: Program) -> None:
        self._program = program

    @property
    def version(self) -> str:
        return self._program.version

    @property
    def builtins(self) -> frozenset[str]:
        return self._program.pure

    def inspect(self, modules: Sequence[Module]) -> Sequence[Parsed | PolicyError]:
        found = {module.file: self._parsed(module) for module in modules}
        fit = [module for module in modules if isinstance(found[module.file], Parsed)]
        while fit and (errors := self._program.check(fit)):
            first = {error.file: error for error in reversed(errors)}
            # Of a function that there is not the preflight says more.
            found |= {file: error for file, error in first.items() if not error.message.startswith(_NO_FUNCTION)}
            fit = [module for module in fit if module.file not in first]
        return [found[module.file] for module in modules]

    def evaluate(
        self,
        modules: Sequence[Module],
        inputs: Sequence[Input],
        questions: Sequence[Question],
        *,
        seconds: float = SECONDS,
    ) -> Sequence[Answer]:
        wrong = self._program.check(modules)
        if wrong:
            return [wrong[0]] * len(questions)
        together = Together(questions)
        with _Server(self._program, [*modules, together.module]) as server:
            return answers(server, together, modules, inputs, questions, seconds)

    def _parsed(self, module: Module) -> Parsed | PolicyError:
        tree = self._program.parse(module)
        if isinstance(tree, PolicyError):
            return tree
        return summary(module.file, dict(tree), self._program.known)


class _Server:
    """A program that serves, and another in its place after one that was stopped or fell."""

    def __init__(self, program: Program, modules: Sequence[Module]) -> None:
        self._program, self._modules = program, modules
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self._connection = self._started()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def rules(self) -> frozenset[str]:
        return self._connection.rules()

    def ask(self, rule: str, value: Any, seconds: float) -> Answer:
        return self._alive(lambda: self._connection.ask(rule, value, seconds))

    def _alive(self, question: Callable[[], T]) -> T:
        """Its answer, from a server that is fit for the next question whatever this one did to it."""
        try:
            answer = question()
        except OpaAway as error:
            crash = PolicyError("error", "it brought the engine down: too much memory, or too deep a recursion")
            raise self._again(crash) from error
        if isinstance(answer, PolicyError) and answer.kind == "timeout":
            raise self._again(answer)
        return answer

    def _again(self, error: PolicyError) -> Stopped:
        # What it was asked it may still be at, and so it is no more.
        self._running.close()
        self._connection = self._started()
        return Stopped(error)

    def _started(self) -> Connection:
        return self._running.enter_context(self._program.serve(self._modules))
