"""The embedded engine: regorus, in a process of its own that may loop, crash or grow without harm to us."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tidegate.checks.policy.builtins import EMBEDDED
from tidegate.checks.policy.embedded_child import DISTRIBUTION
from tidegate.checks.policy.port import (
    SECONDS,
    Answer,
    Call,
    Input,
    Module,
    Parsed,
    PolicyError,
    Question,
    Rule,
    Undefined,
    Value,
)
from tidegate.child import MIB, End, Ended, run
from tidegate.errors import TidegateError

_START = "import sys; sys.path.insert(0, sys.argv[1]); from tidegate.checks.policy.embedded_child import main; main()"
_ALL_SECONDS = 600.0
_ALL_OUTPUT = 256 * MIB
_UNDEFINED = "<undefined>"
_AT = re.compile(r"--> (.*):(\d+):(\d+)\n")
_SAID = re.compile(r"^error: (.*)", re.MULTILINE)
_TRACE = "Stack backtrace"
_TAB = 4


class EngineBroken(TidegateError):
    """The policy engine cannot be used, so nothing can be said of any policy."""


class EmbeddedEngine:
    """`port.Engine` by regorus, as the package gordon-to-regorus brings it."""

    name = "embedded regorus"
    builtins = EMBEDDED

    @property
    def version(self) -> str:
        try:
            return version(DISTRIBUTION)
        except PackageNotFoundError as error:
            raise _broken(f"the package {DISTRIBUTION} is not installed") from error

    def inspect(self, modules: Sequence[Module]) -> Sequence[Parsed | PolicyError]:
        found: list[Parsed | PolicyError] = []
        while len(found) < len(modules):
            left = modules[len(found) :]
            lines, ended = _ask({"op": "inspect", "modules": _plain(left), "seconds": SECONDS})
            found += [_parsed(module, line) for module, line in zip(left, lines, strict=False)]
            if len(lines) < len(left):
                found.append(_blame(ended, SECONDS, left[len(lines)].file))
        return found

    def evaluate(
        self,
        modules: Sequence[Module],
        inputs: Sequence[Input],
        questions: Sequence[Question],
        *,
        seconds: float = SECONDS,
    ) -> Sequence[Answer]:
        found: dict[int, Answer] = {}
        stopped: dict[str, PolicyError] = {}
        left = list(enumerate(questions))
        while left:
            asked = [(question.rule, question.input) for _, question in left]
            work = {"op": "evaluate", "modules": _plain(modules), "seconds": seconds, **_needed(inputs, asked)}
            lines, ended = _ask(work)
            found.update({at: _answer(modules, line) for (at, _), line in zip(left, lines, strict=False)})
            left = left[len(lines) :]
            if left:
                # The rule that stopped the engine is asked no more, or it would stop it once for every document.
                rule = left[0][1].rule
                stopped[rule] = _blame(ended, seconds)
                found.update({at: stopped[rule] for at, question in left if question.rule == rule})
                left = [(at, question) for at, question in left if question.rule != rule]
        return [found[at] for at in range(len(questions))]


def _needed(inputs: Sequence[Input], asked: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The inputs that are asked about, and the questions with their numbers among these."""
    numbers = {old: new for new, old in enumerate(sorted({number for _, number in asked}))}
    return {
        "inputs": [inputs[old] for old in numbers],
        "questions": [(rule, numbers[number]) for rule, number in asked],
    }


def _plain(modules: Sequence[Module]) -> list[tuple[str, str]]:
    return [(module.file, module.text) for module in modules]


def _ask(work: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], Ended]:
    """What the child answered before it ended. EngineBroken where it did not even begin."""
    ended = run(
        [sys.executable, "-I", "-c", _START, str(Path(__file__).parents[3])],
        timeout=_ALL_SECONDS,
        environ={"RUST_BACKTRACE": "0"},
        input=json.dumps(work).encode(),
        limit=_ALL_OUTPUT,
    )
    first, *lines = ended.stdout.split(b"\n")[:-1] or [b"{}"]
    begun = json.loads(first)
    if "ready" not in begun:
        said = ended.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {ended.code}"]
        raise _broken(begun.get("broken", f"it did not start: {said[-1]}"))
    if ended.end is End.ENDED and ended.code not in _STOPPED and ended.code != 0:
        raise _broken(ended.stderr.decode(errors="replace").strip().splitlines()[-1])
    return [json.loads(line) for line in lines], ended


_STOPPED = (-signal.SIGPROF, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL)


def _broken(why: str) -> EngineBroken:
    return EngineBroken(
        f"the policy engine cannot be used: {why}",
        hint=f"Install it anew: pip install --force-reinstall {DISTRIBUTION}",
    )


def _parsed(module: Module, line: Mapping[str, Any]) -> Parsed | PolicyError:
    if "error" in line:
        return _error("compile", line["error"], [module], module.file)
    said = line["parsed"]
    return Parsed(
        file=module.file,
        package=said["package"],
        rules=tuple(Rule(*rule) for rule in said["rules"]),
        calls=tuple(Call(*call) for call in said["calls"]),
        uses=tuple(said["uses"]),
        kinds=tuple(said["kinds"]),
    )


def _answer(modules: Sequence[Module], line: Mapping[str, Any]) -> Answer:
    if "error" in line:
        return _error("error", line["error"], modules)
    value = json.loads(line["value"])
    return Undefined() if value == _UNDEFINED else Value(value)


def _error(kind: Any, said: str, modules: Sequence[Module], file: str = "") -> PolicyError:
    """The engine's words without its picture of the line and its stack, at the first place that it names."""
    words = said.partition(_TRACE)[0]
    place = _AT.search(words)
    told = _SAID.search(words)
    message = told[1] if told else " ".join(words.split()) or "the engine failed without a word"
    if place is None:
        return PolicyError(kind, message, file)
    text = next((module.text for module in modules if module.file == place[1]), "")
    line = int(place[2])
    return PolicyError(kind, message, place[1], line, _column(text.splitlines()[line - 1 : line], int(place[3])))


def _column(line: Sequence[str], said: int) -> int:
    """The column in letters: the engine counts bytes, and four for a tab."""
    at = 1
    for column, letter in enumerate("".join(line), 1):
        if at >= said:
            return column
        at += _TAB if letter == "\t" else len(letter.encode())
    return said if not line else len(line[0]) + 1


def _blame(ended: Ended, seconds: float, file: str = "") -> PolicyError:
    """Why the engine stopped in the middle."""
    if ended.code == -signal.SIGPROF or ended.end is End.TIMED_OUT:
        return PolicyError("timeout", f"it does not end: stopped after {seconds:g} s of processor time", file)
    if ended.end is End.TOO_MUCH:
        return PolicyError("error", f"it says more than {_ALL_OUTPUT // MIB} MiB", file)
    return PolicyError("error", "it brought the engine down: too much memory, or too deep a recursion", file)
