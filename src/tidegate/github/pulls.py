"""Pull requests: which one brought a commit, who wrote it, and who reviewed what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tidegate.github.answer import Call
from tidegate.github.library import Library, some, there
from tidegate.github.reading import at, entries, flag, moment, text
from tidegate.github.trouble import NotThere
from tidegate.github.wire import Wire, part

if TYPE_CHECKING:
    from github.NamedUser import NamedUser
    from github.PullRequest import PullRequest
    from github.Repository import Repository

_NEEDS = "pull-requests: read"
_REVIEWS = """
query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      latestOpinionatedReviews(writersOnly: true, first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { state submittedAt body author { __typename login } commit { oid } }
      }
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `merge` is the commit that brought it to `base`; empty, as `merged`, where it is not merged.

    `merged_by` is known only of one that was asked for by number.
    """

    number: int
    title: str
    author: str
    bot: bool
    head: str
    base: str
    merged: datetime | None
    merge: str
    merged_by: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The newest opinion of a person who may write; `state` is APPROVED, CHANGES_REQUESTED or DISMISSED.

    `person` is False for a bot, and where the account is gone (`by` is empty then).
    """

    by: str
    person: bool
    state: str
    at: datetime | None
    commit: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a commit of a pull request and who committed it: logins, empty where GitHub knows none."""

    commit: str
    author: str
    committer: str


class Pulls:
    """The calls."""

    def __init__(self, wire: Wire, library: Library) -> None:
        self._wire, self._library = wire, library

    async def of(self, commit: str) -> tuple[Pull, ...]:
        """The pull requests that a commit is in, open ones too."""
        call = Call(f"find the pull requests of commit {commit[:7]}", _NEEDS)
        return await self._library.ask(call, lambda repository: _of(repository, commit))

    async def get(self, number: int) -> Pull:
        call = Call(f"read pull request {number}", _NEEDS)
        return await self._library.ask(call, lambda repository: _whole(repository.get_pull(number)))

    async def authors(self, number: int) -> tuple[Author, ...]:
        """Of each commit, the first 250; GitHub tells no more."""
        call = Call(f"list the commits of pull request {number}", _NEEDS)
        path = f"/repos/{self._wire.address.repository}/pulls/{number}/commits"
        return tuple([_author(entry) async for entry in self._wire.pages(call, path)])

    async def author(self, commit: str) -> Author:
        """Of one commit, be it in a pull request or not."""
        call = Call(f"read commit {commit[:7]}", "contents: read")
        return _author(await self._wire.get(call, f"/repos/{self._wire.address.repository}/commits/{part(commit)}"))

    async def reviews(self, number: int) -> tuple[Review, ...]:
        """Opinions of people with write access, each person's newest."""
        call = Call(f"read the reviews of pull request {number}", _NEEDS)
        where = self._wire.address
        found: list[Review] = []
        after: str | None = None
        while True:
            names = {"owner": where.owner, "name": where.name, "number": number, "after": after}
            data = await self._wire.graphql(call, _REVIEWS, names)
            page = at(data, "repository", "pullRequest", "latestOpinionatedReviews")
            if page is None:
                raise NotThere(f"cannot {call.what}: it is not there, or the token may not see it")
            found += [_review(node) for node in entries(page, "nodes")]
            if not flag(page, "pageInfo", "hasNextPage"):
                return tuple(found)
            after = text(page, "pageInfo", "endCursor")


def _of(repository: Repository, commit: str) -> tuple[Pull, ...]:
    return tuple(_pull(pull) for pull in some(repository.get_commit(commit).get_pulls()))


def _whole(pull: PullRequest) -> Pull:
    return _pull(pull, _login(pull.merged_by))


def _pull(pull: PullRequest, merged_by: str = "") -> Pull:
    merged = pull.merged_at
    return Pull(
        number=there(pull.number),
        title=pull.title,
        author=_login(pull.user),
        bot=_is_bot(pull.user),
        head=there(pull.head.sha),
        base=there(pull.base.ref),
        merged=merged,
        merge=(pull.merge_commit_sha or "") if merged else "",
        merged_by=merged_by,
    )


def _login(user: NamedUser | None) -> str:
    """Empty where the account is gone."""
    return "" if user is None else there(user.login)


def _is_bot(user: NamedUser | None) -> bool:
    return user is not None and user.type != "User"


def _review(node: Mapping[str, Any]) -> Review:
    return Review(
        by=text(node, "author", "login"),
        person=text(node, "author", "__typename") == "User",
        state=text(node, "state"),
        at=moment(node, "submittedAt"),
        commit=text(node, "commit", "oid"),
    )


def _author(body: Mapping[str, Any]) -> Author:
    return Author(text(body, "sha"), text(body, "author", "login"), text(body, "committer", "login"))
