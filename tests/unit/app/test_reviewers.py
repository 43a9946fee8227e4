"""Words of reviewers beyond those that a record has already."""

from __future__ import annotations

from collections import Counter

from tidegate.app.jobs.reviewers import Said, unused

HEIDI, GRACE = Said("heidi", person=True, approved=True), Said("grace", person=True, approved=True)
NO = Said("heidi", person=True, approved=False)


def test_each_use_takes_one_word_of_that_person() -> None:
    assert unused([HEIDI, GRACE, HEIDI], Counter({("heidi", True): 1})) == [GRACE, HEIDI]


def test_a_no_uses_up_no_yes() -> None:
    assert unused([HEIDI, NO], Counter({("heidi", False): 1})) == [HEIDI]


def test_more_uses_than_words_leave_nothing() -> None:
    assert unused([HEIDI], Counter({("heidi", True): 3})) == []
