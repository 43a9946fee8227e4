"""Which pull request brought a commit onto the default branch, who had a hand in it, and who agreed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.github.pulls import Author, Pull, Pulls, Review
from tidegate.model.change import Change
from tidegate.model.change import Review as Approval

MOST = 300
"""So many commits are asked about, the newest ones: each costs a request. Older ones count as not known."""
_GITHUB_ITSELF = "web-flow"


class PullRequests:
    """Accounts for commits of the first-parent line of `branch`, the default one."""

    def __init__(self, pulls: Pulls, branch: str) -> None:
        self._pulls, self._branch = pulls, branch
        self._known: dict[int, Change] = {}

    async def changes(self, commits: Sequence[str]) -> Sequence[Change]:
        """A change for each pull request and each commit without one, in the order of the commits, oldest first.

        Raises GitHubError.
        """
        found: list[Change] = [Change((commit,)) for commit in commits[:-MOST]]
        for commit in commits[-MOST:]:
            change = await self._of(commit)
            if found and change.pr and found[-1].pr == change.pr:
                found[-1] = replace(found[-1], commits=(*found[-1].commits, commit))
            else:
                found.append(change)
        return found

    async def _of(self, commit: str) -> Change:
        pull = brought_by(await self._pulls.of(commit), commit, self._branch)
        if pull is None:
            return Change((commit,), authors=people([await self._pulls.author(commit)]))
        if pull.number not in self._known:
            self._known[pull.number] = await self._change(pull.number)
        return replace(self._known[pull.number], commits=(commit,))

    async def _change(self, number: int) -> Change:
        pull = await self._pulls.get(number)
        authors = people(await self._pulls.authors(number), pull.author)
        reviews = await self._pulls.reviews(number)
        return Change((), authors, number, pull.head, pull.merged_by, agreed(pull, reviews, authors))


def brought_by(pulls: Sequence[Pull], commit: str, branch: str) -> Pull | None:
    """The pull request that was merged into `branch` and brought the commit; one that only contains it did not."""
    merged = [pull for pull in pulls if pull.merged is not None and pull.base == branch]
    return min(merged, key=lambda pull: (pull.merge != commit, pull.number), default=None)


def people(authors: Sequence[Author], *more: str) -> tuple[str, ...]:
    """Logins of all who wrote or committed, without GitHub itself."""
    logins = {login for each in authors for login in (each.author, each.committer)} | set(more)
    return tuple(sorted(login for login in logins if login and login != _GITHUB_ITSELF))


def agreed(pull: Pull, reviews: Sequence[Review], authors: Sequence[str]) -> tuple[Approval, ...]:
    """Approvals of people who may write, of its last commit, before it was merged, by nobody who had a hand in it."""
    own = {author.lower() for author in authors}
    return tuple(
        Approval(review.by, review.at, review.commit)
        for review in reviews
        if review.state == "APPROVED"
        and review.person
        and review.by.lower() not in own
        and review.commit == pull.head
        and review.at is not None
        and pull.merged is not None
        and review.at <= pull.merged
    )
