"""What brought a revision onto its branch: pull requests with who agreed to them, or pushes past all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidegate.model.canonical import instant, parse_instant


@dataclass(frozen=True, slots=True)
class Review:
    """A person's APPROVED of a pull request, at its head `sha`."""

    by: str
    at: datetime
    sha: str


@dataclass(frozen=True, slots=True)
class Change:
    """One pull request of a range, or (`pr` 0) a commit that came without one.

    `commits` are those of the branch, in order; `head` what was reviewed, the whole id. `authors` are logins of all
    who wrote, committed or opened it, an address where GitHub knows no login. `approved` counts no author and no bot.
    """

    commits: tuple[str, ...]
    authors: tuple[str, ...] = ()
    pr: int = 0
    head: str = ""
    merged_by: str = ""
    approved: tuple[Review, ...] = ()


def change_json(change: Change) -> dict[str, Any]:
    """As `opened.changes` has it; what says nothing is left out."""
    reviews = [{"by": review.by, "at": instant(review.at), "sha": review.sha} for review in change.approved]
    said = {
        "pr": change.pr,
        "head": change.head,
        "merged_by": change.merged_by,
        "commits": list(change.commits),
        "authors": list(change.authors),
        "approved": reviews,
    }
    return {name: value for name, value in said.items() if value}


def parse_change(said: Mapping[str, Any]) -> Change:
    """What `change_json` wrote. ValueError where a time is odd."""
    reviews = (Review(each["by"], parse_instant(each["at"]), each["sha"]) for each in said.get("approved", ()))
    return Change(
        commits=tuple(said.get("commits", ())),
        authors=tuple(said.get("authors", ())),
        pr=int(said.get("pr", 0)),
        head=str(said.get("head", "")),
        merged_by=str(said.get("merged_by", "")),
        approved=tuple(reviews),
    )


def authors_of(changes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Everybody who had a hand in what `opened.changes` names, in lower case: logins know none."""
    return frozenset(author.lower() for change in changes for author in parse_change(change).authors)
