"""One document and where each of its values stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import yaml

from tidegate.model.place import Location, Place
from tidegate.project import nodes
from tidegate.types.scalars import values


class Document(Protocol):
    """What is shaped: values of one file that know where they stand."""

    @property
    def file(self) -> str: ...

    @property
    def written(self) -> object: ...

    def locate(self, place: Place) -> Location:
        """Where the value at `place` is, or else the nearest thing that holds it."""

    def locate_key(self, place: Place) -> Location:
        """Where the key of `place` is; for an item of a list the item, else the nearest thing that holds it."""


@dataclass(frozen=True)
class Source:
    """A document. `written` has `Plain` scalars, which know their text; `data` has YAML's core types.

    `index` is its number in the file. Places are found when somebody asks, from the text: most documents are right.
    """

    file: str
    written: object
    text: str = field(repr=False)
    index: int = 0

    @cached_property
    def data(self) -> object:
        return values(self.written)

    def locate(self, place: Place) -> Location:
        _, value = self._at(place)
        return Location(self.file) if value is None else nodes.span(self.file, value)

    def locate_key(self, place: Place) -> Location:
        key, value = self._at(place)
        node = key or value
        return Location(self.file) if node is None else nodes.span(self.file, node)

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            with nodes.uncollected():
                for index, root in enumerate(nodes.compose(self.file, self.text)):
                    if index == self.index:
                        return root
        except nodes.Unreadable:
            return None  # JSON that is no YAML: its findings stand at the first line
        return None

    @cached_property
    def _entries(self) -> dict[int, dict[str, tuple[yaml.Node, yaml.Node]]]:
        return {}

    def _at(self, place: Place) -> tuple[yaml.Node | None, yaml.Node | None]:
        key: yaml.Node | None = None
        node = self._root
        for step in place:
            inner = self._child(node, step)
            if inner is None:
                break
            key, node = inner
        return key, node

    def _child(self, node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
        if isinstance(node, yaml.SequenceNode):
            return (None, node.value[step]) if isinstance(step, int) and 0 <= step < len(node.value) else None
        if not isinstance(node, yaml.MappingNode):
            return None
        if id(node) not in self._entries:
            self._entries[id(node)] = dict(_entries(node))
        return self._entries[id(node)].get(str(step))


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Keys by their text; what `<<` brings first, for a key written here wins."""
    for key, value in node.value:
        if key.value == "<<" and isinstance(value, yaml.MappingNode):
            yield from _entries(value)
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            yield key.value, (key, value)
