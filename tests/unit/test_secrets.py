"""A secret's value: from where it lies, once, filtered as the mark says, and never said."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import UsageError
from tidegate.secrets import Secrets, quote, to_json, to_yaml
from tidegate.types.scalars import core


@dataclass(frozen=True)
class Source:
    kind: str
    source: str


@dataclass(frozen=True)
class At:
    secret: str
    filter: str = ""


def secrets(tmp_path: Path, kind: str, source: str, **environ: str) -> Secrets:
    return Secrets({"pw": Source(kind, source)}, {"PATH": "/usr/bin:/bin", **environ}, tmp_path)


def test_from_the_environment_a_file_or_a_command(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"from a file\n")
    assert secrets(tmp_path, "env", "PW", PW="from outside\n").value("pw") == b"from outside\n"
    assert secrets(tmp_path, "file", "pw").value("pw") == b"from a file"
    assert secrets(tmp_path, "command", "printf '%s\\n' \"$PATH\"").value("pw") == b"/usr/bin:/bin"


def test_a_command_runs_once_in_the_projects_folder_and_sees_little(tmp_path: Path) -> None:
    found = secrets(tmp_path, "command", "echo x >>count; env | grep -c TOKEN || echo none", TOKEN="t")
    assert [found.value("pw"), found.value("pw")] == [b"0\nnone"] * 2
    assert (tmp_path / "count").read_text() == "x\n"


@pytest.mark.parametrize(
    ("kind", "source", "hint"),
    [
        ("env", "NOT_SET", "Set NOT_SET"),
        ("env", "EMPTY", "Set EMPTY"),
        ("file", "nowhere", "runner"),
        ("file", "empty", "Fill empty"),
        ("command", "false", "Run it yourself: false"),
        ("command", "true", "Run it yourself: true"),
    ],
)
def test_an_empty_or_missing_secret_says_what_to_do(tmp_path: Path, kind: str, source: str, hint: str) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(UsageError, match="`pw`") as caught:
        secrets(tmp_path, kind, source, EMPTY="").value("pw")
    assert hint in caught.value.hint


def test_an_unknown_secret_says_which_line_to_add(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`other`") as caught:
        secrets(tmp_path, "env", "PW").value("other")
    assert "secrets: {other: {env: VARIABLE}}" in caught.value.hint


def test_a_mark_is_filled_with_the_filtered_value(tmp_path: Path) -> None:
    found = secrets(tmp_path, "env", "PW", PW="it's")
    filled = {name: found.fill(At("pw", name)) for name in ("", "to_json", "to_yaml", "quote")}
    assert filled == {"": b"it's", "to_json": b'"it\'s"', "to_yaml": b'"it\'s"', "quote": b"'it'\"'\"'s'"}


def test_bytes_that_are_no_text_cannot_be_filtered_and_are_not_said(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xffhidden")
    found = secrets(tmp_path, "file", "key")
    assert found.fill(At("pw")) == b"\xffhidden"
    with pytest.raises(UsageError) as caught:
        found.fill(At("pw", "to_json"))
    assert "hidden" not in f"{caught.value!r}{caught.value.hint}{caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


printable = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))


@given(printable)
def test_every_filter_gives_back_the_text_to_its_reader(value: str) -> None:
    assert json.loads(to_json(value)) == value
    assert yaml.safe_load(to_yaml(value)) == value
    assert shlex.split(quote(value)) == [value]


@given(printable.filter(lambda text: "\n" not in text))
def test_a_text_in_yaml_is_quoted_whatever_it_looks_like(value: str) -> None:
    said = to_yaml(value)
    assert said[0] == said[-1] == '"'
    assert "\n" not in said
    assert isinstance(core(said), str)


@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.integers() | st.booleans() | st.none() | printable, max_size=3))
)
def test_maps_and_lists_come_back_from_yaml(value: dict[str, list[object]]) -> None:
    assert yaml.safe_load(to_yaml(value)) == value
