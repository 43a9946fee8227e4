"""JSON Schemas of the files that users write, for their editors; made from the shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from tidegate.project.shapes import ProjectShape
from tidegate.project.shapes_component import ComponentShape
from tidegate.project.shapes_fleet import FleetShape
from tidegate.types import TYPES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BY_NAME = ("properties", "patternProperties", "$defs")
_TITLES = {"tidegate": "tidegate.yaml", "fleet": "fleet/*.yaml", "component": "component.yaml"}


def json_schemas() -> Mapping[str, dict[str, Any]]:
    """`tidegate`, `fleet` and `component`, each with its JSON Schema (2020-12)."""
    models: dict[str, type[BaseModel]] = {"tidegate": ProjectShape, "fleet": FleetShape, "component": ComponentShape}
    schemas = {name: _schema(model) for name, model in models.items()}
    component = schemas["component"]
    for shape in TYPES.values():
        own = _schema(shape)
        component["$defs"].update(own.get("$defs", {}))
        for holder in (component, component["$defs"]["OverrideShape"]):
            holder["properties"].update(own["properties"])
    return {name: {"$schema": _DIALECT, "title": _TITLES[name], **schema} for name, schema in schemas.items()}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema: dict[str, Any] = _tidy(model.model_json_schema(by_alias=True))
    return schema


def _tidy(part: Any) -> Any:
    """As an editor wants it: no titles made of names, no `null` for a key that is left out, no keys of other names."""
    if isinstance(part, list):
        return [_tidy(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: {name: _tidy(inner) for name, inner in value.items()} if key in _BY_NAME else _tidy(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "default" in kept and kept["default"] is None:
        del kept["default"]
        kept = _without_null(kept)
    if isinstance(kept.get("default"), int) and kept.get("type") == "string":
        kept["default"] = f"{kept['default']}s"  # a duration, which is never written as a number
    return {**kept, "additionalProperties": False} if "patternProperties" in kept else kept


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in part.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**{key: value for key, value in part.items() if key != "anyOf"}, **choices[0]}
    return {**part, "anyOf": choices} if choices else part
