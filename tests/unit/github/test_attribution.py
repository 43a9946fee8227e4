"""Which pull request brought a commit, who had a hand in it, who agreed before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tidegate.github.attribution import agreed, brought_by, people
from tidegate.github.pulls import Author, Pull, Review
from tidegate.model.change import Review as Approval

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PULL = Pull(7, "A change", "ada", bot=False, head="h", base="main", merged=AT, merge="m", merged_by="grace")
YES = Review("heidi", person=True, state="APPROVED", at=AT - timedelta(hours=1), commit="h")


def test_an_open_one_that_only_contains_the_commit_did_not_bring_it() -> None:
    assert brought_by([replace(PULL, merged=None, merge="")], "m", "main") is None


def test_one_that_was_merged_elsewhere_did_not_bring_it() -> None:
    assert brought_by([replace(PULL, base="release")], "m", "main") is None


def test_of_several_it_is_the_one_that_became_this_commit() -> None:
    other = replace(PULL, number=3, merge="x")
    assert brought_by([other, PULL], "m", "main") is PULL
    assert brought_by([PULL, other], "another of its commits", "main") is other


def test_authors_are_all_who_wrote_or_committed_but_not_github_itself() -> None:
    commits = [Author("c", "bob", "web-flow"), Author("d", "", "carol")]
    assert people(commits, "ada") == ("ada", "bob", "carol")


def test_a_review_of_the_last_commit_by_somebody_else_counts() -> None:
    assert agreed(PULL, [YES], ["ada"]) == (Approval("heidi", AT - timedelta(hours=1), "h"),)


@pytest.mark.parametrize(
    "other",
    [
        replace(YES, by="Ada"),
        replace(YES, person=False),
        replace(YES, state="CHANGES_REQUESTED"),
        replace(YES, commit="an earlier head"),
        replace(YES, at=AT + timedelta(seconds=1)),
        replace(YES, at=None),
    ],
)
def test_every_other_review_does_not(other: Review) -> None:
    assert agreed(PULL, [other], ["ada"]) == ()
