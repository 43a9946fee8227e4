"""Our own files and anybody's: values, texts as written, and places."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from memory_tree import MemoryTree
from tidegate.model.place import Place
from tidegate.project.any_file import Contents, read_documents
from tidegate.project.nodes import MAX_BYTES
from tidegate.project.own_file import read_own
from tidegate.project.source import Source

TEXT = """\
name: web   # a comment
devices:
  ber-01: {address: 10.1.0.11, vars: {version: 1.10}}
  ber-02:
    labels:
      - [a, b]
note: |
  several
  lines
"""


def own(text: str) -> Source:
    source, findings = read_own(MemoryTree({"f.yaml": text}), "f.yaml")
    assert source is not None
    assert findings == []
    return source


def any_of(path: str, text: str) -> Contents:
    return read_documents(MemoryTree({path: text}), path)


@pytest.mark.parametrize(
    ("place", "value", "key"),
    [
        (("name",), "f.yaml:1:7", "f.yaml:1:1"),
        (("devices", "ber-01"), "f.yaml:3:11", "f.yaml:3:3"),
        (("devices", "ber-01", "vars", "version"), "f.yaml:3:48", "f.yaml:3:39"),
        (("devices", "ber-02", "labels", 0, 1), "f.yaml:6:13", "f.yaml:6:13"),
        (("note",), "f.yaml:7:7", "f.yaml:7:1"),
        ((), "f.yaml:1:1", "f.yaml:1:1"),
    ],
)
def test_everything_has_a_place(place: Place, value: str, key: str) -> None:
    source = own(TEXT)
    assert str(source.locate(place)) == value
    assert str(source.locate_key(place)) == key


@pytest.mark.parametrize("place", [("devices", "ber-01", "driver"), ("devices", "ber-01", "address", "x")])
def test_what_is_not_there_is_found_at_what_holds_it(place: Place) -> None:
    assert own(TEXT).locate(place).line == 3


def test_a_span_ends_after_its_last_character() -> None:
    where = own(TEXT).locate(("devices", "ber-01", "address"))
    assert (where.column, where.end_line, where.end_column) == (21, 3, 30)
    assert own(TEXT).locate(("note",)).end_line == 0, "a block ends where the next thing begins"


def test_values_are_core_types_and_texts_are_kept() -> None:
    source = own("a: 1.10\nb: yes\nc: 012x\nd: '3'\ne:\n")
    assert source.data == {"a": 1.1, "b": "yes", "c": "012x", "d": "3", "e": None}
    assert isinstance(source.written, dict)
    assert source.written["a"] == "1.10"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_json_is_read_as_it_was_written(value: object) -> None:
    contents = any_of("x.json", json.dumps(value))
    assert contents.findings == ()
    assert [source.data for source in contents.sources] == [value]


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), inner),
    max_leaves=8,
)


@given(plain_values)
def test_any_yaml_is_read_as_pyyaml_wrote_it(value: object) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_style='"')
    # What PyYAML tags is text here: `!!int "1"` is the only way it has to write a quoted number.
    if "!!" not in text:
        assert [source.data for source in any_of("x.yaml", text).sources] == [value]


def test_the_documents_of_a_file_are_not_taken_for_one_another() -> None:
    """The nodes of a document that was read make room for those of the next."""
    wanted = [{"kind": f"k{index}", "spec": {"a": [index, {"b": index}]}} for index in range(60)]
    assert [source.data for source in any_of("x.yaml", yaml.safe_dump_all(wanted)).sources] == wanted


def test_aliases_do_not_make_a_document_deeper_than_it_may_be() -> None:
    steps = "".join(f"a{index}: &a{index} [*a{index - 1}]\n" for index in range(1, 80))
    contents = any_of("x.yaml", f"a0: &a0 [1]\n{steps}")
    assert [(finding.rule, str(finding.location)) for finding in contents.findings] == [("too-large", "x.yaml:64:6")]


def test_a_yaml_file_of_several_documents() -> None:
    contents = any_of("x.yaml", "a: 1\n---\nb: 2\n")
    assert [source.data for source in contents.sources] == [{"a": 1}, {"b": 2}]
    assert str(contents.sources[1].locate(("b",))) == "x.yaml:3:4"


def test_other_peoples_yaml_may_merge_and_tag() -> None:
    contents = any_of("x.yaml", "base: &b {a: 1, b: 1}\nuse: {<<: *b, b: 2}\nref: !Ref name\nmode: 0644\n")
    assert contents.findings == ()
    assert contents.sources[0].data == {"base": {"a": 1, "b": 1}, "use": {"a": 1, "b": 2}, "ref": "name", "mode": 644}
    assert str(contents.sources[0].locate(("use", "a"))) == "x.yaml:1:14"


@pytest.mark.parametrize(
    ("path", "text", "rule", "where"),
    [
        ("x.json", '{"a": 1,\n "a": 2}', "duplicate-key", "x.json:2:2"),
        ("x.json", '{\t"a": 1,\t"a": 2}', "duplicate-key", "x.json:1:11"),
        ("x.json", '{"a": x}', "unreadable", "x.json:1:7"),
        ("x.json", '{"a": NaN}', "unreadable", "x.json:1:1"),
        ("x.json", "[" * 100_000, "too-large", "x.json:1:1"),
        ("x.json", "[" * 65 + "]" * 65, "too-large", "x.json:1:1"),
        ("x.json", f'{{"a": {"9" * 5000}}}', "unreadable", "x.json:1:1"),
        ("x.yaml", "a: 1\na: 2\n", "duplicate-key", "x.yaml:2:1"),
        ("x.yaml", "a: [\n", "unreadable", "x.yaml:2:1"),
        ("x.yaml", "- " * 100_000, "too-large", "x.yaml:1:127"),
        ("x.yaml", "a: " + "x" * MAX_BYTES, "too-large", "x.yaml:1:1"),
        ("x.toml", "a = 1\na = 2\n", "unreadable", "x.toml:2:6"),
        ("x.toml", "a = " + "[" * 100_000, "too-large", "x.toml:1:1"),
        ("x.toml", "a = " + "[" * 64 + "]" * 64, "too-large", "x.toml:1:1"),
        ("x.toml", "a = " + "9" * 5000, "unreadable", "x.toml:1:1"),
        ("missing.yaml", "", "missing-file", "missing.yaml:1:1"),
    ],
)
def test_what_cannot_be_read(path: str, text: str, rule: str, where: str) -> None:
    files = {} if path.startswith("missing") else {path: text}
    contents = read_documents(MemoryTree(files), path)
    assert [(finding.rule, str(finding.location)) for finding in contents.findings] == [(rule, where)]


def test_toml_dates_are_text() -> None:
    assert any_of("x.toml", "at = 2026-11-23\n[[when]]\nat = 10:00:00\n").sources[0].data == {
        "at": "2026-11-23",
        "when": [{"at": "10:00:00"}],
    }


@given(st.binary(max_size=60))
def test_no_bytes_at_all_make_it_fall_over(content: bytes) -> None:
    for path in ("x.json", "x.toml"):
        contents = read_documents(MemoryTree({path: content}), path)
        assert len(contents.sources) + len(contents.findings) == 1
    for document in read_documents(MemoryTree({"x.yaml": content}), "x.yaml").sources:
        assert document.locate(()).line >= 1
    source, findings = read_own(MemoryTree({"x": content}), "x")
    assert source is not None or findings
