"""Changes of a range, as the record has them and back."""

from __future__ import annotations

from datetime import UTC, datetime

from tidegate.model.change import Change, Review, authors_of, change_json, parse_change

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PULL = Change(("c1", "c2"), ("ada", "bob"), 12, "head", "grace", (Review("heidi", AT, "head"),))


def test_a_pull_request_comes_back_as_it_was() -> None:
    assert parse_change(change_json(PULL)) == PULL


def test_a_push_says_no_more_than_it_knows() -> None:
    push = Change(("c1",))
    assert change_json(push) == {"commits": ["c1"]}
    assert parse_change(change_json(push)) == push


def test_all_authors_of_all_changes_whatever_their_case() -> None:
    assert authors_of([change_json(PULL), change_json(Change(("c3",), ("Eve",)))]) == {"ada", "bob", "eve"}
