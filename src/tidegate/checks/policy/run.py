"""Every rule asked about every input, and everything that is no answer said as an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, assert_never

from tidegate.checks.policy.port import SECONDS, Answer, Engine, PolicyError, Question, Undefined, Value
from tidegate.checks.policy.preflight import KINDS, SEVERITIES, Asked, Cleared, preflight
from tidegate.checks.policy.sets import RuleSets
from tidegate.checks.policy.subject import Subject
from tidegate.model.place import Finding, Location, Place, Report

_KEYS = {"id", "msg", "path", "file", "line", "fix"}
_TEXTS = ("id", "msg", "file", "fix")


@dataclass(frozen=True, slots=True)
class Places:
    """`locate` finds a place in any file; `file` is the project's tidegate.yaml, where `checks.policies` stand."""

    locate: Callable[[str, Place], Location]
    file: str


@dataclass(slots=True)
class _Faults:
    """Rules that gave no answer: one finding for each fault, however many inputs it happens on."""

    seen: dict[tuple[Asked, PolicyError], list[str]] = field(default_factory=dict)

    def add(self, rule: Asked, error: PolicyError, about: str) -> None:
        self.seen.setdefault((rule, error), []).append(about)

    def findings(self) -> Iterator[Finding]:
        for (rule, error), about in self.seen.items():
            more = f" and {len(about) - 1} more" if len(about) > 1 else ""
            where = Location(error.file, error.line, error.column) if error.line else rule.where
            words = f"`{rule.name}` gave no answer about {about[0]}{more}: {error.message}"
            yield Finding(f"policy-{error.kind}", words, where, fix="No answer is never a pass: mend the policy.")


def run_policies(
    sets: RuleSets, engine: Engine, subjects: Sequence[Subject], places: Places, *, seconds: float = SECONDS
) -> Report:
    """What all rule sets say of all subjects.

    `looked` counts `policies`, subjects by kind, and as `unseen_<kind>` those of a kind that no policy looks at.

    No rule set, or one without a rule that fits, is an error: what nobody asked has not passed. `seconds` is what one
    rule may take for one subject.
    """
    cleared = preflight(engine.inspect(sets.all) if sets.all else (), engine.builtins)
    findings = [*sets.findings, *cleared.findings, *_vacuous(sets, cleared, places)]
    if cleared.rules:
        findings += _said(sets, cleared, engine, subjects, places, seconds)
    seen = {kind for rule in cleared.rules for kind in rule.kinds}
    count: Counter[str] = Counter(subject.kind for subject in subjects)
    words = {kind: kind if kind in seen else f"unseen_{kind}" for kind in KINDS}
    looked = {"policies": cleared.definitions, **{words[kind]: count[kind] for kind in KINDS if count[kind]}}
    return Report(
        findings=tuple(dict.fromkeys(findings)),
        looked=MappingProxyType(looked),
        engine=f"{engine.name} {engine.version}",
    )


def _vacuous(sets: RuleSets, cleared: Cleared, places: Places) -> Iterator[Finding]:
    """Sets of which no rule could be asked, unless a finding says already why."""
    if not sets.modules:
        where = places.locate(places.file, ("checks", "policies"))
        fix = "Leave `policies` out to have the shipped ones, or name at least one set."
        yield Finding("no-policies", "`policies` is empty: no rule looks at anything", where, fix=fix)
    said = {finding.location.file for finding in (*sets.findings, *cleared.findings)}
    asked = {rule.where.file for rule in cleared.rules}
    for index, (name, modules) in enumerate(sets.modules.items()):
        files = {module.file for module in modules}
        if not files & (asked | said) and not (not files and places.file in said):
            where = places.locate(places.file, ("checks", "policies", index))
            fix = f"A rule is {' or '.join(SEVERITIES)} in a package tidegate.<concern>; tests are not asked."
            yield Finding("no-policies", f"`{name}` has no rule that could be asked", where, fix=fix)


def _said(
    sets: RuleSets, cleared: Cleared, engine: Engine, subjects: Sequence[Subject], places: Places, seconds: float
) -> Iterator[Finding]:
    asked = [(rule, at) for at in range(len(subjects)) for rule in cleared.rules]
    answers = engine.evaluate(
        [module for module in sets.all if module.file in cleared.fit],
        [subject.value for subject in subjects],
        [Question(rule.name, at) for rule, at in asked],
        seconds=seconds,
    )
    faults = _Faults()
    for (rule, at), answer in zip(asked, answers, strict=True):
        yield from _judged(rule, answer, subjects[at], places, faults)
    yield from faults.findings()


def _judged(rule: Asked, answer: Answer, subject: Subject, places: Places, faults: _Faults) -> Iterator[Finding]:
    match answer:
        case Value(list() as said):
            for item in said:
                wrong = _malformed(item)
                if wrong:
                    faults.add(rule, PolicyError("error", wrong), subject.about)
                else:
                    yield _finding(rule, item, subject, places)
        case Value() | Undefined():
            faults.add(rule, PolicyError("error", "it is no set"), subject.about)
        case PolicyError():
            faults.add(rule, answer, subject.about)
        case _:
            assert_never(answer)


def _malformed(item: Any) -> str:
    """What is wrong with one thing that a rule said, in words; empty for a finding as it should be."""
    if not isinstance(item, dict):
        return "what it says is no object: {id, msg, path?, file?, line?, fix?}"
    strange = sorted(set(item) - _KEYS)
    if strange:
        return f"a finding has no key `{strange[0]}`; known: id msg path file line fix"
    if not item.get("id") or not item.get("msg"):
        return "a finding needs `id` and `msg`"
    if any(not isinstance(item.get(key, ""), str) for key in _TEXTS):
        return f"{', '.join(_TEXTS)} of a finding are texts"
    steps = item.get("path", [])
    if not isinstance(steps, list) or not all(isinstance(step, str | int) for step in steps):
        return "`path` of a finding is a list of keys"
    line = item.get("line", 1)
    return "" if isinstance(line, int) and line >= 1 else "`line` of a finding is a number from 1"


def _finding(rule: Asked, item: Mapping[str, Any], subject: Subject, places: Places) -> Finding:
    message, where = item["msg"], _where(item, subject, places)
    if "line" in item and "file" not in item and not subject.lines_of:
        message = f"{message} (line {item['line']} of {subject.about})"
    return Finding(item["id"], message, where, rule.severity, item.get("fix", ""))


def _where(item: Mapping[str, Any], subject: Subject, places: Places) -> Location:
    path = tuple(item.get("path", ()))
    match item:
        case {"file": file, "line": line}:
            return Location(file, line)
        case {"file": file}:
            return places.locate(file, path)
        case {"line": line} if subject.lines_of:
            return Location(subject.lines_of, line)
        case _:
            return subject.locate(path)
