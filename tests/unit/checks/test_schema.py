"""Documents against the team's schemas: each fault at its place, in our words; no `$ref` leaves the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tidegate.checks.files import read_files
from tidegate.checks.schema import check_schemas
from tidegate.model.place import Finding
from tidegate.model.project import Checks
from tidegate.project.documents import Documents
from tidegate.tree import WorkTree


def check(folder: Path, schema: object, document: str, *, name: str = "a.yaml", **more: object) -> list[Finding]:
    for path, content in {"schema.json": schema, **more}.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / path.replace("__", ".")).write_text(text)
    (folder / name).write_text(document)
    tree = WorkTree(folder)
    checks = Checks(files=("a.*",))
    return list(check_schemas(tree, read_files(tree, checks, Documents()), {"a.*": "schema.json"}, "tidegate.yaml"))


def shown(findings: list[Finding]) -> list[str]:
    return [f"{finding.location} {finding.message.partition(' (')[0]}" for finding in findings]


POOL = {
    "type": "object",
    "required": ["size"],
    "additionalProperties": False,
    "properties": {
        "size": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["fast", "safe"]},
        "name": {"pattern": "^[a-z]+$", "maxLength": 8},
        "hosts": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("size: 3\n", []),
        ("mode: fast\n", ["a.yaml:1:1 `size` is missing here"]),
        ("size: many\n", ["a.yaml:1:7 `many` is no integer"]),
        ("size: 0\n", ["a.yaml:1:7 `0` is less than `1`"]),
        ("size: yes\n", ["a.yaml:1:7 `yes` is no integer"]),
        ("size: 1\nmode: fats\n", ["a.yaml:2:7 `fats` is none of the values here; did you mean `fast`?"]),
        ("size: 1\nnaem: a\n", ["a.yaml:2:1 `naem` is no key here; did you mean `name`?"]),
        ("size: 1\nx: 1\ny: 2\n", ["a.yaml:2:1 `x` is no key here", "a.yaml:3:1 `y` is no key here"]),
        ("size: 1\nname: A\n", ["a.yaml:2:7 `A` does not match `^[a-z]+$`"]),
        ("size: 1\nhosts: [a, 2, c]\n", ["a.yaml:2:8 this is more than 2; it has 3", "a.yaml:2:12 `2` is no string"]),
        ("- 1\n", ["a.yaml:1:1 a list is no object"]),
        ("size: 1\n---\nsize: x\n", ["a.yaml:3:7 `x` is no integer"]),
    ],
)
def test_faults_say_where_and_what(tmp_path: Path, document: str, words: list[str]) -> None:
    assert shown(check(tmp_path, POOL, document)) == words


def test_a_finding_names_the_rule_of_the_schema(tmp_path: Path) -> None:
    [finding] = check(tmp_path, POOL, "size: x\n")
    assert finding.rule == "schema"
    assert finding.message == "`x` is no integer (schema.json#/properties/size/type)"


def test_of_alternatives_the_nearest_fault_is_said(tmp_path: Path) -> None:
    schema = {"anyOf": [{"properties": {"port": {"type": "integer"}}, "required": ["port"]}, {"type": "null"}]}
    assert shown(check(tmp_path, schema, "port: http\n")) == ["a.yaml:1:7 `http` is no integer"]


def test_json_and_toml_are_checked_as_well(tmp_path: Path) -> None:
    assert shown(check(tmp_path, POOL, '{\n  "size": "x"\n}', name="a.json")) == ["a.json:2:11 `x` is no integer"]
    (tmp_path / "a.json").unlink()
    assert shown(check(tmp_path, POOL, 'size = "x"\n', name="a.toml")) == ["a.toml:1:1 `x` is no integer"]


def test_dates_are_text(tmp_path: Path) -> None:
    schema = {"additionalProperties": {"type": "string"}}
    assert check(tmp_path, schema, "day: 2026-01-01\n") == []


def test_a_ref_leads_to_files_of_the_repository(tmp_path: Path) -> None:
    schema = {"$ref": "common.json#/$defs/pool"}
    common = {"$defs": {"pool": {"properties": {"size": {"$ref": "#/$defs/size"}}}, "size": {"type": "integer"}}}
    assert shown(check(tmp_path, schema, "size: x\n", common__json=common)) == ["a.yaml:1:7 `x` is no integer"]


def test_a_schema_may_have_an_id_of_its_own(tmp_path: Path) -> None:
    schema = {
        "$id": "https://example.org/pool.json",
        "$defs": {"size": {"type": "integer"}},
        "properties": {"size": {"$ref": "#/$defs/size"}},
    }
    assert shown(check(tmp_path, schema, "size: x\n")) == ["a.yaml:1:7 `x` is no integer"]


@pytest.mark.parametrize(
    "ref",
    [
        "https://example.org/x.json",
        "file:///etc/hostname",
        "../../etc/hostname",
        "file://host/schema.json",
        "gone.json",
    ],
)
def test_a_ref_never_leaves_the_repository(tmp_path: Path, ref: str) -> None:
    [finding] = check(tmp_path, {"properties": {"size": {"$ref": ref}}}, "size: 1\n")
    assert finding.rule == "schema-broken"
    assert finding.location.file == "schema.json"
    assert ref in finding.message


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integr"},
        {"properties": 3},
        [1],
        "not: [a",
        {"$schema": 5},
        {"pattern": "("},
        {"$ref": "#"},
        {"$ref": "schema.json"},
    ],
)
def test_a_broken_schema_is_a_finding(tmp_path: Path, schema: Any) -> None:
    findings = check(tmp_path, schema, "a\n")
    assert {finding.location.file for finding in findings} == {"schema.json"}


def test_a_schema_for_no_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text("{}")
    tree = WorkTree(tmp_path)
    files = read_files(tree, Checks(files=("*.yaml",)), Documents())
    [finding] = check_schemas(tree, files, {"b/*.yaml": "schema.json"}, "tidegate.yaml")
    assert finding.rule == "schema-unused"


def test_a_long_value_is_not_repeated_whole(tmp_path: Path) -> None:
    [finding] = check(tmp_path, {"type": "integer"}, f'"{"x" * 5000}"\n')
    assert len(finding.message) < 120
