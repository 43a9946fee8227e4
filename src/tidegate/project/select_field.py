"""A selector as a field of our files: a text, or a list of which any may fit."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from tidegate.model.value import Selector
from tidegate.project.selectors import any_of, parse_selector
from tidegate.types.fields import each, text
from tidegate.types.shape import Fault, wrong


def _select(value: object) -> Selector:
    def one(item: object) -> Selector:
        said = text(item)
        try:
            return parse_selector(said)
        except ValueError as error:
            fix = "Write key, !key, key=value, key!=value, key in (a, b), key notin (a, b), or all."
            raise wrong(Fault("bad-selector", str(error), fix)) from error

    if value == []:
        raise wrong(Fault("bad-selector", "an empty list takes no device"))
    return any_of(each(value, one))


Select: TypeAlias = Annotated[
    Selector,
    PlainValidator(_select),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
