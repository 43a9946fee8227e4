"""What OPA's syntax tree of a module says: its package, rules, calls, and kinds of input.

The tree is what `opa parse --json-include locations` of OPA 1 prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any, TypeAlias

from tidegate.checks.policy.port import Call, Parsed, Rule

Node: TypeAlias = dict[str, Any]

_SIGNS = "eq assign equal neq lt lte gt gte plus minus mul div rem and or internal.member_2 internal.member_3"
_OPERATORS = frozenset(_SIGNS.split())
"""Functions that are written as signs or words between their arguments."""


def summary(file: str, tree: Node, builtins: AbstractSet[str]) -> Parsed:
    """`builtins`: every function that OPA knows, allowed or not. A mention of one counts as a call."""
    imported = _imports(tree.get("imports", []))
    rules = list(_rules(tree.get("rules", [])))
    nodes = list(_nodes(rules))
    calls = [call for call in _calls(nodes, imported, builtins) if call.name not in _OPERATORS]
    uses = {_resolved(_path(node), imported) for node in nodes if node.get("type") == "ref"} | set(imported.values())
    return Parsed(
        file=file,
        package=_dotted(tree["package"]["path"][1:]),
        rules=tuple(_rule(rule) for rule in rules),
        calls=tuple(dict.fromkeys(calls)),
        uses=tuple(sorted(name.removeprefix("data.") for name in uses if name.startswith("data."))),
        kinds=tuple(sorted(set(_kinds(nodes)))),
    )


def _imports(imports: list[Node]) -> dict[str, str]:
    """Name in the module -> what it stands for."""
    paths = [(item.get("alias"), _path(item["path"])) for item in imports]
    return {alias or path.rpartition(".")[2]: path for alias, path in paths}


def _rules(rules: list[Node]) -> Iterator[Node]:
    """Heads that share one body are rules of their own with nothing but a place: they say what the first says."""
    return (rule for rule in rules if rule.get("head"))


def _rule(rule: Node) -> Rule:
    head = rule["head"]
    # `a.b contains x` and `a[x] := y` have a name that is a path.
    name = _dotted(head["ref"]) if head.get("ref") else head["name"]
    is_set = "key" in head and "value" not in head
    return Rule(name, _row(rule), "function" if head.get("args") else "set" if is_set else "value")


def _row(node: Node) -> int:
    place = node.get("location") or {}
    return int(place.get("row", 0))


def _calls(nodes: list[Node], imported: Mapping[str, str], builtins: AbstractSet[str]) -> Iterator[Call]:
    called = {id(operator) for operator in _operators(nodes)}
    for node in nodes:
        if node.get("type") not in ("ref", "var"):
            continue
        name = _resolved(_path(node), imported)
        if id(node) in called or (node["type"] == "ref" and name in builtins):
            place = node.get("location") or {}
            yield Call(name, int(place.get("row", 0)), int(place.get("col", 0)))


def _operators(nodes: list[Node]) -> Iterator[Node]:
    """The names of functions: the first of a call, or of an expression that is one."""
    for node in nodes:
        terms = node.get("value") if node.get("type") == "call" else node.get("terms")
        if isinstance(terms, list) and terms:
            yield terms[0]


def _resolved(name: str, imported: Mapping[str, str]) -> str:
    first, dot, rest = name.partition(".")
    return imported[first] + dot + rest if first in imported else name


def _path(node: Any) -> str:
    """`a.b.c` of a reference, as far as it is plain; empty where it does not begin with a name."""
    match node:
        case {"type": "var", "value": str(name)}:
            return name
        case {"type": "ref", "value": list(parts)}:
            return _dotted(parts)
        case _:
            return ""


def _dotted(parts: list[Node]) -> str:
    if not parts or parts[0].get("type") not in ("var", "string"):
        return ""
    plain = [str(parts[0]["value"])]
    for part in parts[1:]:
        if part.get("type") != "string":
            break
        plain.append(str(part["value"]))
    return ".".join(plain)


def _nodes(tree: Any) -> Iterator[Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(value for key, value in node.items() if key not in ("location", "annotations"))
        elif isinstance(node, list):
            waiting.extend(node)


def _kinds(nodes: list[Node]) -> Iterator[str]:
    """Literal texts beside `input.kind` in `==`, `in` and the like."""
    for node in nodes:
        sides = node.get("terms") if "terms" in node else node.get("value")
        if isinstance(sides, list) and any(_path(side) == "input.kind" for side in sides):
            for inner in _nodes(sides):
                if inner.get("type") == "string" and not _is_step(inner, sides):
                    yield inner["value"]


def _is_step(text: Node, sides: list[Node]) -> bool:
    """Is it the `kind` of `input.kind` itself, or of another reference?"""
    refs = (node["value"] for node in _nodes(sides) if node.get("type") == "ref")
    return any(second is text for ref in refs for _, second in pairwise(ref))
