"""Segments as bytes: every kind of event there and back, and clear words for what is none."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.audit.segment import (
    branch_id,
    folder_of,
    is_canonical,
    place_of,
    read_segment,
    segment_bytes,
)
from tidegate.errors import AuditError
from tidegate.model.event import NAMES, Event, UnknownFact
from tidegate.model.segment import Head

PATH = "records/shop/default/2026/11/default-7/2.jsonl"
HEAD = Head(
    seq=9, prev="sha256:00", lane="shop/default", rollout="default-7", n=2, held=True, token=7,
    holder="host:boot/1/10/100", by="ada", tool="0.1.0", at="2026-11-23T03:00:00.000Z",
)  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
INSTANT = st.integers(0, 7 * 10**12).map(
    lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Whatever a field of that type may hold and JSON without floats can say."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one) for one in inner])
    if origin is Mapping:
        return st.dictionaries(TEXT, values(inner[1]), max_size=3)
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    simple: dict[Any, st.SearchStrategy[Any]] = {str: TEXT, int: WHOLE, bool: st.booleans(), datetime: INSTANT}
    return simple.get(hint, st.none() if hint is type(None) else TEXT)


@st.composite
def events(draw: st.DrawFn, kind: type[Any]) -> Event:
    hints = get_type_hints(kind)
    return kind(**{field.name: draw(values(hints[field.name])) for field in fields(kind)})  # type: ignore[no-any-return]


ANY = st.one_of([events(kind) for kind in NAMES.values()])


@pytest.mark.parametrize("name", NAMES)
def test_the_barest_event_of_each_kind_survives(name: str) -> None:
    kind = NAMES[name]
    needed = [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING]
    hints = get_type_hints(kind)

    @given(st.fixed_dictionaries({field: values(hints[field]) for field in needed}))
    def check(said: dict[str, Any]) -> None:
        content = segment_bytes(HEAD, [kind(**said)])
        assert read_segment(PATH, content).events == (kind(**said),)
        assert json.loads(content.splitlines()[1])["e"] == name

    check()


@given(st.lists(ANY, max_size=4))
def test_whatever_was_written_is_read_as_it_was_and_is_canonical(written: list[Event]) -> None:
    content = segment_bytes(HEAD, written)
    segment = read_segment(PATH, content)
    assert (segment.head, segment.events, segment.path) == (HEAD, tuple(written), PATH)
    assert is_canonical(content)
    assert segment_bytes(segment.head, segment.events) == content


@given(st.builds(replace, st.just(HEAD), by=TEXT, holder=TEXT, tool=TEXT, held=st.booleans(), token=st.integers(0, 99)))
def test_every_head_survives(head: Head) -> None:
    assert read_segment(PATH, segment_bytes(head, [])).head == head


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_segment_or_an_audit_error(content: bytes) -> None:
    with pytest.raises(AuditError, match=r"default-7/2\.jsonl on the audit branch"):
        read_segment(PATH, content)
    assert is_canonical(content) in (True, False)


def line(**changes: Any) -> bytes:
    """A head, with some of it changed."""
    return json.dumps({**json.loads(segment_bytes(HEAD, [])), **changes}).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (line()[:-1], "is no segment: it ends in the middle of a line"),
        (line(v=2), "version 2 is not known to this version"),
        (line(seq=True), "a number for a text, or a text for a number"),
        (line(by=7), "a number for a text, or a text for a number"),
        (line(n=1.5), "1.5 is no whole number"),
        (line(lease={"state": "lost", "token": 1, "holder": ""}), "a lease is held or free, not lost"),
        (line(n=3), "says that it is 3 of default-7"),
        (line(rollout="default-8"), "says that it is 2 of default-8"),
        (line() + b"[]\n", "a line is no object"),
        (line() + b'{"e":"step","o":"a","k":1}\n', "event `step` lacks `at`"),
        (line() + b'{"e":"step","o":{},"k":1}\n', "not told apart by a text and a number"),
        (line() + b'{"e":"hired","o":"a","k":1}\n', "`hired` is no decision this version knows"),
        (b"[" * 100_000 + b"\n", "is no segment"),
    ],
)
def test_what_is_wrong_with_a_segment_is_said(content: bytes, words: str) -> None:
    with pytest.raises(AuditError, match="default-7/2") as wrong:
        read_segment(PATH, content)
    assert words in wrong.value.message
    assert wrong.value.hint


def test_a_fact_of_a_newer_version_is_kept_as_it_is() -> None:
    said = b'{"at":"2026-11-23T03:00:00.000Z","e":"weather","fact":true,"k":4,"o":"a","sky":["grey"]}\n'
    segment = read_segment(PATH, segment_bytes(HEAD, []) + said)
    assert [type(event) for event in segment.events] == [UnknownFact]
    assert segment_bytes(HEAD, segment.events).splitlines()[1] + b"\n" == said


@pytest.mark.parametrize("content", [b'{"b":1,"a":2}\n', b'{"a": 2}\n', b'{"a":2}', b"{}{}\n", b'{"a":"\\ud800"}\n'])
def test_what_could_be_written_in_another_way_is_not_canonical(content: bytes) -> None:
    assert not is_canonical(content)


def test_where_files_lie_says_what_they_are() -> None:
    folder = folder_of("shop/default", "default-7", datetime(2026, 11, 30, tzinfo=UTC))
    segment, plan = place_of(f"{folder}/12.jsonl"), place_of(f"{folder}/plan.json")
    assert segment is not None
    assert (segment.folder, segment.lane, segment.rollout, segment.n) == (folder, "shop/default", "default-7", 12)
    assert plan == replace(segment, n=0)


@pytest.mark.parametrize(
    "path",
    [
        "audit.json",
        "records/shop/default/2026/11/default-7/0.jsonl",
        "records/shop/default/2026/11/default-7/01.jsonl",
        "records/shop/default/2026/11/default-7/2.jsonl\n",
        "records/shop/default/2026/11/../default-7/2.jsonl",
        "records/shop/../2026/11/default-7/2.jsonl",
        "records/shop/default/2026/11/default/2.jsonl",
        "records/shop/2026/11/default-7/2.jsonl",
        "records/shop/default/2026/11/default-7/2.jsonl/x",
    ],
)
def test_what_lies_elsewhere_belongs_to_no_rollout(path: str) -> None:
    assert place_of(path) is None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"v":2,"id":"0123456789"}', b'{"v":1,"id":"../../etc"}', b"[" * 99_999]
)
def test_an_id_that_is_none_names_no_folder(content: bytes) -> None:
    with pytest.raises(AuditError, match=r"audit\.json on the audit branch says nothing that this version knows"):
        branch_id(content)
