"""GitHub's expressions, as much of them as our `if:` lines use, to see when a job would run.

Texts compare without regard to case, a property that is not there is null, `*` takes the property of every entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Run: TypeAlias = "Callable[[Scope], Any]"
_WORD = re.compile(r"\s*(?:('(?:[^']|'')*')|(&&|\|\||==|[!().,*])|([A-Za-z_][A-Za-z0-9_-]*))")


@dataclass(frozen=True)
class Scope:
    """What an expression sees: contexts by name, and whether the run was cancelled."""

    contexts: Mapping[str, Any]
    cancelled: bool = False


@dataclass
class _Reader:
    words: list[str] = field(default_factory=list)

    def take(self, *expected: str) -> str:
        assert self.words, f"the expression ends where {expected} should stand"
        word = self.words.pop(0)
        assert not expected or word in expected, f"{word} stands where {expected} should"
        return word

    def next_is(self, word: str) -> bool:
        return bool(self.words) and self.words[0] == word

    def either(self) -> Run:
        return self._chain("||", self.both, any)

    def both(self) -> Run:
        return self._chain("&&", self.equal, all)

    def _chain(self, sign: str, inner: Callable[[], Run], fold: Callable[[Any], bool]) -> Run:
        parts = [inner()]
        while self.next_is(sign):
            self.take(sign)
            parts.append(inner())
        return parts[0] if len(parts) == 1 else lambda scope: fold(_truth(part(scope)) for part in parts)

    def equal(self) -> Run:
        left = self.negated()
        if not self.next_is("=="):
            return left
        self.take("==")
        right = self.negated()
        return lambda scope: _same(left(scope), right(scope))

    def negated(self) -> Run:
        if not self.next_is("!"):
            return self.value()
        self.take("!")
        inner = self.negated()
        return lambda scope: not _truth(inner(scope))

    def value(self) -> Run:
        word = self.take()
        if word == "(":
            inner = self.either()
            self.take(")")
            return inner
        if word.startswith("'"):
            text = word[1:-1].replace("''", "'")
            return lambda scope: text
        return self.call(word) if self.next_is("(") else self.path(word)

    def call(self, name: str) -> Run:
        self.take("(")
        arguments: list[Run] = []
        while not self.next_is(")"):
            arguments.append(self.either())
            if not self.next_is(")"):
                self.take(",")
        self.take(")")
        function = _FUNCTIONS[name]
        return lambda scope: function(scope, *(argument(scope) for argument in arguments))

    def path(self, name: str) -> Run:
        steps: list[str] = []
        while self.next_is("."):
            self.take(".")
            steps.append(self.take())
        return lambda scope: _walk(scope.contexts[name], steps)


def _walk(value: Any, steps: Sequence[str]) -> Any:
    for at, step in enumerate(steps):
        if step == "*":
            return [found for each in value.values() if (found := _walk(each, steps[at + 1 :])) is not None]
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def _truth(value: Any) -> bool:
    return value not in (None, "", False, 0)


_FUNCTIONS: Mapping[str, Callable[..., bool]] = {
    "always": lambda scope: True,
    "cancelled": lambda scope: scope.cancelled,
    "contains": lambda scope, values, value: any(_same(each, value) for each in values),
}


def read(expression: str) -> Run:
    """The expression as a function of its scope. AssertionError where it is none that we know."""
    words: list[str] = []
    at = 0
    text = expression.strip()
    while at < len(text):
        found = _WORD.match(text, at)
        assert found, f"not understood: {text[at : at + 20]}"
        words.append(found[1] or found[2] or found[3])
        at = found.end()
    reader = _Reader(words)
    run = reader.either()
    assert not reader.words, f"left over: {reader.words}"
    return run


def holds(run: Run, scope: Scope) -> bool:
    """Would a job with this `if:` run?"""
    return _truth(run(scope))
