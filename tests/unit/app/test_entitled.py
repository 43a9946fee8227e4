"""Whose yes counts."""

from __future__ import annotations

import pytest

from tidegate.app.jobs.entitled import Entitled


@pytest.mark.parametrize("by", ["ada", "ADA", "ada@example.org", "deploy[bot]"])
def test_authors_and_bots_never_count(by: str) -> None:
    assert Entitled(frozenset({"ada", "ada@example.org"})).objection(by)


def test_anybody_else_does_where_nobody_is_named() -> None:
    assert Entitled(frozenset({"ada"})).objection("heidi") == ""


def test_where_some_are_named_only_they_do() -> None:
    right = Entitled(frozenset(), ("Heidi", "acme/ops"))
    assert right.objection("heidi") == ""
    assert "none of those asked: Heidi, acme/ops (acme/ops: who that is cannot be told here" in right.objection("eve")
