"""What a policy engine owes us: modules in, answers out, and no answer that only looks like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

SECONDS = 5.0
"""What one question may take, of the engine's processor time."""

Input: TypeAlias = Mapping[str, Any]
"""A document for policies: plain JSON values only, as `input.py` makes them."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file of Rego v1. `file` is how findings name it."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function that a module calls or names, by its full name (`http.send`, `data.tidegate.lib.f`), and where.

    An empty name: it could not be made out.
    """

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One definition of a rule: `name` and where it begins. A set is `name contains ...`, a function `name(x)`."""

    name: str
    line: int
    shape: Literal["set", "function", "value"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a module is made of.

    `package` is without `data.`, and so are `uses`, what it refers to outside itself; `kinds` are the words that it
    compares `input.kind` with, empty where it never does.
    """

    file: str
    package: str
    rules: tuple[Rule, ...]
    calls: tuple[Call, ...]
    uses: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyError:
    """A policy that gives no answer, which is never a pass. `line` is 0 where the place is not known."""

    kind: Literal["compile", "error", "timeout"]
    message: str
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A rule by its full name without `data.` (`tidegate.rollout.deny`), on the input of that number."""

    rule: str
    input: int


@dataclass(frozen=True, slots=True)
class Value:
    """What a rule is for an input. Sets come as lists, in the engine's order."""

    value: Any


@dataclass(frozen=True, slots=True)
class Undefined:
    """The rule exists and has no value for this input."""


Answer: TypeAlias = Value | Undefined | PolicyError


class Engine(Protocol):
    """An engine keeps nothing between two calls, has no network, no environment, no clock and no chance to offer a
    policy, and is the same for the same question.

    Whatever goes wrong with a policy is a `PolicyError` for that policy alone; TidegateError is raised only where the
    engine itself cannot be used.
    """

    @property
    def name(self) -> str:
        """How a report names it: `embedded regorus`."""

    @property
    def version(self) -> str: ...

    @property
    def builtins(self) -> AbstractSet[str]:
        """The functions of Rego that it knows."""

    def inspect(self, modules: Sequence[Module]) -> Sequence[Parsed | PolicyError]:
        """What each module is made of, in their order; each is compiled alone."""

    def evaluate(
        self,
        modules: Sequence[Module],
        inputs: Sequence[Input],
        questions: Sequence[Question],
        *,
        seconds: float = SECONDS,
    ) -> Sequence[Answer]:
        """An answer to each question, in their order. A rule that took more than `seconds` once is not asked again:
        the rest of its questions is answered with the same `timeout`."""
