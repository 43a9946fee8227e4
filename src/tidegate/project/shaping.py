"""What a document says, shaped: the value, or every fault in it with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tidegate.model.place import Finding, Location, Place
from tidegate.project.source import Document
from tidegate.types.fields import kind, nearest
from tidegate.types.shape import FAULT, Shape

S = TypeVar("S", bound=Shape)

_KINDS = {"model_type": "a map", "dict_type": "a map", "list_type": "a list"}


def shape(model: type[S], source: Document, place: Place = ()) -> tuple[S | None, list[Finding]]:
    """The map at `place` as a `model`. Every fault is found in one go."""
    return shaped(model, source, place, _value_at(source.written, place))


def shaped(model: type[S], source: Document, place: Place, value: object) -> tuple[S | None, list[Finding]]:
    """The same for a value that was taken from `place` of the document, perhaps in part."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        faults = error.errors()
        later = {details["loc"][:-1] for details in faults if _is_later(model, details)}
        told = [details for details in faults if details["type"] != "missing" or details["loc"][:-1] not in later]
        findings = [finding for details in told for finding in _findings(model, source, place, details)]
        return None, list(dict.fromkeys(findings))


def _is_later(model: type[Shape], details: ErrorDetails) -> bool:
    """A key that is not built yet: nobody then wants to hear which key is missing beside it."""
    *holder, key = details["loc"] or ("",)
    return details["type"] == "extra_forbidden" and key in _model_at(model, holder).later


def _findings(model: type[Shape], source: Document, place: Place, details: ErrorDetails) -> Iterator[Finding]:
    inner = _real(_value_at(source.written, place), details["loc"])
    whole = (*place, *inner)
    at_key = details["loc"][-1:] == ("[key]",)
    match details["type"]:
        case t if t == FAULT:
            for fault in details["ctx"]["faults"]:
                where = source.locate_key(whole) if at_key else source.locate((*whole, *fault.at))
                yield Finding(fault.rule, fault.message, where, fix=fault.fix)
        case "extra_forbidden":
            yield _unknown_key(_model_at(model, details["loc"][:-1]), str(details["loc"][-1]), source.locate_key(whole))
        case "missing":
            holder = _model_at(model, details["loc"][:-1])
            wrong = f"{holder.noun} needs `{details['loc'][-1]}`"
            yield Finding("missing-key", wrong, source.locate_key(whole[:-1]))
        case "too_short":
            yield Finding("missing-key", "this is empty; it needs at least one", source.locate_key(whole))
        case other:
            wrong = f"{_KINDS.get(other, 'something else')} is expected here, found {kind(details['input'])}"
            one = details["input"] if other == "list_type" else None
            fix = f"Write it as a list: [{one}]" if isinstance(one, str) else ""
            yield Finding("wrong-kind", wrong, source.locate(whole), fix=fix)


def _unknown_key(holder: type[Shape], key: str, where: Location) -> Finding:
    known = holder.known()
    if key in holder.later:
        wrong = f"`{key}` of {holder.noun} is not built yet"
        return Finding("not-built", wrong, where, fix=f"Leave it out. Built: {' '.join(known)}")
    wrong = f"`{key}` is no key of {holder.noun}{nearest(key, [*known, *holder.later])}"
    return Finding("unknown-key", wrong, where, fix=f"known: {' '.join(known)}")


def _real(value: object, steps: Sequence[str | int]) -> Place:
    """pydantic's path without what is not in the document: tags of unions, marks of keys. A missing key stays."""
    here: object = value
    place: list[str | int] = []
    for index, step in enumerate(steps):
        if _leads_on(here, step):
            here = here[step]  # type: ignore[index]  # that is what leading on means
        elif index < len(steps) - 1 or step == "[key]":
            continue
        place.append(step)
    return tuple(place)


def _leads_on(here: object, step: str | int) -> bool:
    if isinstance(here, Mapping):
        return step in here
    return isinstance(here, list) and isinstance(step, int)


def _value_at(value: object, place: Place) -> object:
    for step in place:
        value = value[step]  # type: ignore[index]  # the caller has seen it there
    return value


def _model_at(model: type[Shape], steps: Sequence[str | int]) -> type[Shape]:
    """The shape that stands at the end of a pydantic path."""
    there: list[Any] = [model]
    for step in steps:
        there = _inside(there, step) or there  # a step that leads nowhere is the tag of a union
    return next((one for one in there if isinstance(one, type) and issubclass(one, Shape)), model)


def _inside(there: Sequence[Any], step: str | int) -> list[Any]:
    for one in there:
        origin = get_origin(one)
        if origin is dict and isinstance(step, str):
            return _alternatives(get_args(one)[1])
        if origin is list and isinstance(step, int):
            return _alternatives(get_args(one)[0])
        if isinstance(one, type) and issubclass(one, Shape):
            fields = {field.alias or name: field.annotation for name, field in one.model_fields.items()}
            if step in fields:
                return _alternatives(fields[str(step)])
    return []


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [inner for one in get_args(annotation) for inner in _alternatives(one)]
    return [annotation]
