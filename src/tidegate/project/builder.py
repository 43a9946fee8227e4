"""Nodes to values: strictly for our own files, as it is for anybody else's."""

from __future__ import annotations

from typing import TypeGuard

import yaml

from tidegate.model.place import Finding
from tidegate.project import nodes
from tidegate.types.scalars import core, has_leading_zero, written


class Builder:
    """Any YAML: tags are passed over, `<<` is merged, keys are their text. Shared nodes become shared values."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self._made: dict[int, object] = {}

    def build(self, node: yaml.Node | None) -> object:
        if node is None:
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) not in self._made:
            self._made[id(node)] = self.collection(node)
        return self._made[id(node)]

    def scalar(self, node: yaml.ScalarNode) -> object:
        return node.value if node.style or node.tag else core(node.value)

    def collection(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        return [self.build(item) for item in nodes.children(node)]

    def mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        merged: dict[str, object] = {}
        result: dict[str, object] = {}
        for key, value in node.value:
            if self.is_merge(key):
                merged = {**self._merged(value), **merged}
            elif (name := self.key(key)) is not None:
                if name in result:
                    self.find("duplicate-key", f"`{name}` stands here twice; one of them would be lost", key)
                else:
                    result[name] = self.build(value)
        return {**merged, **result}

    def is_merge(self, key: yaml.Node) -> bool:
        return isinstance(key, yaml.ScalarNode) and key.value == "<<" and not key.style

    def key(self, node: yaml.Node) -> str | None:
        """The text of a key, or None where it has none."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.find("bad-key", "a key must be a text", node)
        return None

    def find(self, rule: str, message: str, node: yaml.Node, fix: str = "") -> None:
        self.findings.append(Finding(rule, message, nodes.span(self.file, node), fix=fix))

    def _merged(self, node: yaml.Node) -> dict[str, object]:
        parts = nodes.children(node) if isinstance(node, yaml.SequenceNode) else [node]
        result: dict[str, object] = {}
        for part in parts:
            value = self.build(part)
            if isinstance(value, dict):
                result = {**value, **result}
            else:
                self.find("bad-key", "`<<` takes maps", part)
        return result


class OwnBuilder(Builder):
    """Our own files: bare scalars keep their text, and what two readers may read differently is refused."""

    def scalar(self, node: yaml.ScalarNode) -> object:
        if node.tag:
            text = f"{node.tag}{' ' if node.value else ''}{node.value}"
            self.find(
                "tag", f"`{node.tag}` is a tag in YAML, and we know none", node, f'If it is text, quote it: "{text}"'
            )
            return text
        if node.style:
            return str(node.value)
        if has_leading_zero(node.value):
            self.find(
                "leading-zero",
                f"`{node.value}` is octal to some readers of YAML and decimal to others",
                node,
                f'Quote it: "{node.value}"',
            )
        return written(node.value)

    def collection(self, node: yaml.Node) -> object:
        if node.tag:
            self.find("tag", f"`{node.tag}` is a tag in YAML, and we know none", node, "Leave it out.")
        if _is_braces(node):
            self.find("quote-it", "`{{` opens two maps in YAML", node, 'Quote the whole value: "{{ ... }}"')
            return _BRACES
        return super().collection(node)

    def mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        if not node.flow_style:
            return super().mapping(node)
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            before = pairs[-1][1] if pairs else key
            if _is_cut_off(before, key, value):
                pairs[-1] = pairs[-1][0], _joined(before, key)
            else:
                pairs.append((key, value))
        for _, value in pairs:
            if isinstance(value, yaml.ScalarNode) and value.style == _MENDED:
                self.find("quote-it", "a comma ends this value for YAML", value, f'Quote it: "{value.value}"')
        return super().mapping(yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark, node.flow_style))

    def is_merge(self, key: yaml.Node) -> bool:
        if super().is_merge(key):
            self.find("merge-key", "`<<` is not part of YAML 1.2", key, "Write the keys out, or use `defaults`.")
            return True
        return False


def _is_braces(node: yaml.Node) -> bool:
    """`{{ x }}` without quotes: a map whose key is a map."""
    return isinstance(node, yaml.MappingNode) and any(isinstance(key, yaml.MappingNode) for key, _ in node.value)


def _is_cut_off(before: yaml.Node, key: yaml.Node, value: yaml.Node) -> bool:
    """`{select: a=b,c=d}` and `{select: a in (b, c)}`: YAML sees further keys, without values."""
    if not (_is_bare(before) and _is_bare(key) and _is_bare(value)) or value.value:
        return False
    is_open = before.value.count("(") > before.value.count(")")
    return is_open or ("=" in before.value and ("=" in key.value or key.value.startswith("!")))


def _joined(before: yaml.Node, key: yaml.Node) -> yaml.ScalarNode:
    return yaml.ScalarNode("", f"{before.value},{key.value}", before.start_mark, key.end_mark, _MENDED)


def _is_bare(node: yaml.Node) -> TypeGuard[yaml.ScalarNode]:
    return isinstance(node, yaml.ScalarNode) and node.style in ("", _MENDED)


_BRACES = "{{ }}"
_MENDED = "mended"
"""The style of a scalar that a comma had cut, and that was put together again for the sake of further findings."""
