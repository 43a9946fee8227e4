"""Which policies may be asked: known builtins only, nothing that reaches outside, every package with a rule of ours."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tidegate.checks.policy.builtins import EMBEDDED, REACHING_OUT
from tidegate.checks.policy.port import Call, Parsed, PolicyError, Rule
from tidegate.model.place import Finding, Location, Severity
from tidegate.project.check_settings import OURS

SEVERITIES: Mapping[str, Severity] = {"deny": Severity.ERROR, "warn": Severity.WARNING, "notice": Severity.NOTICE}
"""Rules that are asked, and how bad what they say is."""

KINDS = ("document", "file", "project", "plan")
"""What `input.kind` may be."""

_ROOT = "tidegate."


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule that is asked, of every input: its full name without `data.`, how bad it is, where it stands first.

    `kinds` are what its package says that it looks at; they only tell people, and never which inputs it gets.
    """

    name: str
    severity: Severity
    where: Location
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """What came out of the preflight. `definitions`: how many `deny`, `warn` and `notice` there are in all."""

    rules: tuple[Asked, ...]
    definitions: int
    fit: frozenset[str]
    findings: tuple[Finding, ...]


def preflight(inspected: Sequence[Parsed | PolicyError], builtins: AbstractSet[str] = EMBEDDED) -> Cleared:
    """Which rules to ask. A module that is not fit to be asked is a finding, and left out whole.

    `builtins` are functions that the engine knows.
    """
    parsed = [one for one in inspected if isinstance(one, Parsed)]
    functions = {f"{one.package}.{rule.name}" for one in parsed for rule in one.rules if rule.shape == "function"}
    findings = [broken(one) for one in inspected if isinstance(one, PolicyError)]
    fit: list[Parsed] = []
    for module in parsed:
        wrong = [
            *_forbidden_calls(module, functions, builtins),
            *_taken(module, parsed),
            *_unasked(module, parsed),
            *_shapes(module),
            *_strange_kinds(module),
        ]
        findings += wrong
        fit += [] if wrong else [module]
    definitions = sum(rule.name in SEVERITIES for module in fit for rule in module.rules)
    return Cleared(tuple(_asked(fit)), definitions, frozenset(module.file for module in fit), tuple(findings))


def broken(error: PolicyError) -> Finding:
    """A policy that does not compile."""
    return Finding("policy-broken", error.message, Location(error.file, max(1, error.line), max(1, error.column)))


def _asked(modules: Sequence[Parsed]) -> Iterator[Asked]:
    """Each (package, rule) once; a package whose files never name a kind looks at all of them."""
    for package in sorted({module.package for module in modules}):
        files = [module for module in modules if module.package == package]
        kinds = tuple(sorted({kind for module in files for kind in module.kinds} & set(KINDS)))
        for name in SEVERITIES:
            first = next((_at(module, rule) for module in files for rule in module.rules if rule.name == name), None)
            if first is not None:
                yield Asked(f"{package}.{name}", SEVERITIES[name], first, kinds or KINDS)


def _forbidden_calls(module: Parsed, functions: AbstractSet[str], builtins: AbstractSet[str]) -> Iterator[Finding]:
    for call in dict.fromkeys(module.calls):
        where = Location(module.file, call.line, call.column)
        if call.name in REACHING_OUT:
            wrong = f"`{call.name}` is refused: a verdict follows from what is in git, and from nothing else"
            yield Finding("policy-builtin", wrong, where)
        elif not _is_known(call, module.package, functions, builtins):
            near = difflib.get_close_matches(call.name, builtins, n=1)
            meant = f"; did you mean `{near[0]}`?" if near else ""
            yield Finding("policy-builtin", f"the engine has no function `{call.name}`{meant}", where)


def _is_known(call: Call, package: str, functions: AbstractSet[str], builtins: AbstractSet[str]) -> bool:
    if call.name.startswith("data."):
        return call.name.removeprefix("data.") in functions
    return call.name in builtins or f"{package}.{call.name}" in functions


def _taken(module: Parsed, others: Sequence[Parsed]) -> Iterator[Finding]:
    """A definition of yours in a package of ours would change what ours says, and nobody would see it."""
    ours = [other.file for other in others if other.file.startswith(OURS) and other.package == module.package]
    if ours and not module.file.startswith(OURS):
        wrong = f"package `{module.package}` belongs to {ours[0]}"
        fix = f"Call yours another name, {_ROOT}<concern>; what it says counts as much."
        yield Finding("policy-package", wrong, Location(module.file), fix=fix)


def _unasked(module: Parsed, others: Sequence[Parsed]) -> Iterator[Finding]:
    """A package that nobody asks and nobody uses: its author believes that it guards something."""
    siblings = [other for other in others if other.package == module.package]
    users = [other for other in others if other.package != module.package and _uses(other, module.package)]
    if users or (module.package.startswith(_ROOT) and any(map(_has_rules, siblings))):
        return
    if not module.package.startswith(_ROOT):
        wrong, fix = f"nobody asks package `{module.package}`", f"Packages are called {_ROOT}<concern>."
    else:
        wrong = f"package `{module.package}` has no rule that is asked, and no policy uses it"
        fix = f"Rules are called {', '.join(SEVERITIES)}: deny contains {{...}} if ..."
    yield Finding("policy-unasked", wrong, Location(module.file), fix=fix)


def _uses(module: Parsed, package: str) -> bool:
    return any(used == package or used.startswith(package + ".") for used in module.uses)


def _has_rules(module: Parsed) -> bool:
    return any(rule.name in SEVERITIES for rule in module.rules)


def _strange_kinds(module: Parsed) -> Iterator[Finding]:
    """A rule for an input that there is not would never say anything."""
    for kind in module.kinds:
        if kind not in KINDS:
            near = difflib.get_close_matches(kind, KINDS, n=1)
            wrong = f"there is no input of kind `{kind}`" + (f"; did you mean `{near[0]}`?" if near else "")
            yield Finding("policy-kind", wrong, Location(module.file), fix=f"known: {' '.join(KINDS)}")


def _shapes(module: Parsed) -> Iterator[Finding]:
    for rule in module.rules:
        if rule.name in SEVERITIES and rule.shape != "set":
            yield Finding("policy-shape", f"`{rule.name}` must be a set of findings", _at(module, rule), fix=_SET)


_SET = 'Write: deny contains {"id": "...", "msg": "..."} if { ... }'


def _at(module: Parsed, rule: Rule) -> Location:
    return Location(module.file, rule.line)
