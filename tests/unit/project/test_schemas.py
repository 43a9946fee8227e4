"""The JSON Schemas for editors agree with what is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
import yaml

from small_project import COMPONENT, FLEET, TIDEGATE
from tidegate.project.schemas import json_schemas

FIRST = Path(__file__).parents[3] / "examples" / "first"


def check(name: str, value: object) -> None:
    jsonschema.Draft202012Validator(json_schemas()[name]).validate(value)


@pytest.mark.parametrize("name", ["tidegate", "fleet", "component"])
def test_each_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schemas()[name])


@pytest.mark.parametrize(("name", "text"), [("tidegate", TIDEGATE), ("fleet", FLEET), ("component", COMPONENT)])
def test_they_accept_what_is_right(name: str, text: str) -> None:
    check(name, yaml.safe_load(text))


def test_they_accept_the_first_example() -> None:
    for path in FIRST.rglob("*.yaml"):
        check(
            {"fleet": "fleet", "shop": "component"}.get(path.parent.name, "tidegate"), yaml.safe_load(path.read_text())
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tidegate", {"tidegate": 1}),
        ("tidegate", {"tidegate": 2, "strategies": {"a": {"waves": [{"name": "a", "select": "all"}]}}}),
        ("fleet", {"devices": {"web-01": {"adr": "x"}}}),
        ("fleet", {"devices": {"web 01": None}}),
        ("component", {"type": "files", "select": "all", "files": {"etc/motd": "x"}}),
        ("component", {"type": "packages", "select": "all"}),
        ("component", {"type": "files", "select": "all", "timeout": 90}),
        ("component", {"type": "files", "select": "all", "overrides": [{"select": "all", "file": {}}]}),
    ],
)
def test_they_refuse_what_is_wrong(name: str, value: Mapping[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(name, value)


def test_a_device_may_be_nothing() -> None:
    check("fleet", {"devices": {"web-01": None}})
