"""What the embedded engine's syntax tree of a module says: its package, rules, calls, and kinds of input.

Runs in the engine's own process; the tree is `get_ast_as_json` of regorus 0.13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]

_SHAPES = {"Set": "set", "Func": "function"}


def summary(tree: Node) -> Node:
    """`package rules calls uses kinds` of a module, as `port.Parsed` has them."""
    ast = tree["ast"]
    source = tree["source"]["contents"].encode()
    imported = _imports(ast["imports"], source)
    nodes = list(_nodes(ast["rules"]))
    calls = [(_resolved(_path(call["fcn"]), imported), call["span"]["start"]) for call in _of(nodes, "Call")]
    uses = {_resolved(path, imported) for path in _references(nodes)} | set(imported.values())
    return {
        "package": _path(ast["package"]["refr"]),
        "rules": [_rule(rule) for rule in ast["rules"]],
        "calls": [[name, *_position(source, at)] for name, at in calls],
        "uses": sorted(name.removeprefix("data.") for name in uses if name.startswith("data.")),
        "kinds": sorted(set(_kinds(nodes))),
    }


def _imports(imports: list[Node], source: bytes) -> dict[str, str]:
    """Name in the module -> what it stands for."""
    found: dict[str, str] = {}
    for item in imports:
        path = _path(item["refr"])
        span = item.get("as")
        found[source[span["start"] : span["end"]].decode() if span else path.rpartition(".")[2]] = path
    return found


def _position(source: bytes, at: int) -> tuple[int, int]:
    """Line and column from 1 of a byte; the tree's own columns count bytes, and four for a tab."""
    before = source[:at].decode(errors="replace")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _rule(rule: Node) -> list[Any]:
    [body] = rule.values()
    if "Default" in rule:
        return [_path(body["refr"]), body["span"]["line"], "function" if body["args"] else "value"]
    [(kind, head)] = body["head"].items()
    return [_path(head["refr"]), body["span"]["line"], _SHAPES.get(kind, "value")]


def _resolved(name: str, imported: Mapping[str, str]) -> str:
    first, dot, rest = name.partition(".")
    return imported[first] + dot + rest if first in imported else name


def _path(node: Any) -> str:
    """`a.b.c` of a reference, as far as it is plain; empty where it does not begin with a name."""
    if not isinstance(node, dict) or len(node) != 1:
        return ""
    [(kind, inner)] = node.items()
    match kind:
        case "Var":
            return str(inner["value"])
        case "RefDot":
            before, field = _path(inner["refr"]), inner["field"]
            return f"{before}.{field[1]}" if before and field else before
        case "RefBrack":
            before, index = _path(inner["refr"]), inner["index"]
            return f"{before}.{index['String']['value']}" if before and "String" in index else before
        case _:
            return ""


def _references(nodes: list[Node]) -> Iterator[str]:
    return (_path(node) for node in nodes if "RefDot" in node or "RefBrack" in node)


def _nodes(tree: Any) -> Iterator[Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _of(nodes: list[Node], kind: str) -> Iterator[Node]:
    return (node[kind] for node in nodes if isinstance(node.get(kind), dict))


def _kinds(nodes: list[Node]) -> Iterator[str]:
    """Literal texts beside `input.kind` in `==`, `in` and the like."""
    for node in nodes:
        sides = list(node.values())
        if any(_path(side) == "input.kind" for side in sides):
            for side in sides:
                yield from (found["value"] for found in _of(list(_nodes(side)), "String"))
