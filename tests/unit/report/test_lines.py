"""Lines of a merge result in the branch's own text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.place import Location
from tidegate.report.lines import on_head

TEXT = st.lists(st.sampled_from("abcdef"), max_size=12)


def line(judged: str, head: str | None, number: int, end: int = 0) -> int | None:
    found = on_head(Location("a.yaml", number, 3, end), "\n".join(judged), None if head is None else "\n".join(head))
    return None if found is None else found.line


@pytest.mark.parametrize(
    ("judged", "head", "number", "there"),
    [
        ("abc", "abc", 2, 2),
        ("xabc", "abc", 3, 2),  # the base has a line more above
        ("abcx", "abc", 2, 2),
        ("xabc", "abc", 1, None),  # a line that the base brought
        ("abXcd", "abcd", 4, 3),
        ("aXbYc", "abc", 3, 2),
        ("aXbYc", "abc", 4, None),
        ("abc", "aBc", 2, None),
        ("abc", "", 2, None),
        ("abc", "abc", 9, 9),
    ],
)
def test_a_line_is_where_the_branch_has_it_or_nowhere(judged: str, head: str, number: int, there: int | None) -> None:
    assert line(judged, head, number) == there


def test_a_file_that_the_branch_does_not_have_has_no_line() -> None:
    assert line("abc", None, 1) is None


def test_an_end_goes_along_and_what_was_torn_apart_is_nowhere() -> None:
    assert on_head(Location("a", 2, 1, 3, 4), "x\na\nb", "a\nb") == Location("a", 1, 1, 2, 4)
    assert on_head(Location("a", 1, 1, 2, 4), "a\nb", "a\nx\nb") is None


@given(TEXT, TEXT, st.integers(1, 12))
def test_what_is_mapped_is_the_same_line(judged: list[str], head: list[str], number: int) -> None:
    found = on_head(Location("a", number), "\n".join(judged), "\n".join(head))
    if found is not None and judged != head:
        assert head[found.line - 1] == judged[number - 1]


@given(TEXT, TEXT)
def test_lines_that_are_mapped_keep_their_order(judged: list[str], head: list[str]) -> None:
    found = [on_head(Location("a", number + 1), "\n".join(judged), "\n".join(head)) for number in range(len(judged))]
    lines = [where.line for where in found if where is not None]
    assert lines == sorted(set(lines))
