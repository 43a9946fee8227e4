"""What a revision brings since the last one that was let through: pull request by pull request, push by push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tidegate.audit.shelf import Past, Shelf
from tidegate.errors import Held
from tidegate.git import Git
from tidegate.model.change import Change
from tidegate.model.event import WaveOpened
from tidegate.model.plan import Kind


class Attribution(Protocol):
    """Whoever knows which pull request brought a commit onto the default branch.

    `changes` takes commits of its first-parent line, oldest first, and accounts for every one of them in that order:
    neighbours that one pull request brought are one change. A TidegateError where it cannot be told: nothing that was
    not asked about counts as reviewed.
    """

    async def changes(self, commits: Sequence[str]) -> Sequence[Change]: ...


@dataclass(frozen=True, slots=True)
class Range:
    """`base` is the revision before ("": none is recorded), `rewritten`: the one before is no part of this history."""

    base: str = ""
    changes: tuple[Change, ...] = ()
    rewritten: bool = False

    @property
    def pushed(self) -> tuple[Change, ...]:
        """Those that came without a pull request."""
        return tuple(change for change in self.changes if not change.pr)


def let_through(shelf: Shelf, lane: str) -> str:
    """The revision that a lane rolled out last; "" where none. One that was stopped before its first wave was never
    let through: what it brought is asked about again."""
    for past in reversed(shelf.of_lane(lane)):
        if past.plan.kind is Kind.DEPLOY and _has_begun(past):
            return past.opened.revision
    return ""


def _has_begun(past: Past) -> bool:
    return any(isinstance(event, WaveOpened) for event in past.events)


def standing(git: Git, commit: str, recorded: str) -> Literal["newer", "older", "beside"]:
    """Where `commit` is to the revision that the record has ("": none)."""
    if not recorded:
        return "newer"
    if git.resolve(recorded) is None:
        return "beside"
    if git.is_ancestor(recorded, commit):
        return "newer"
    return "older" if git.is_ancestor(commit, recorded) else "beside"


def rewritten(commit: str, recorded: str) -> Held:
    """What is said where a person deploys a commit beside the one that was deployed last."""
    return Held(
        f"{commit[:7]} does not descend from {recorded[:7]}, which was deployed last: history was rewritten",
        hint=f"Nothing was started. Bring that commit in: git merge {recorded[:7]}      or go back: tidegate rollback",
    )


async def read_range(git: Git, base: str, commit: str, attribution: Attribution, *, beside: bool) -> Range:
    """All that `commit` brings since `base`. Without a base it is the commit alone: nobody can say what came before.

    `beside`: history was rewritten, and what the two have in common is the base.
    """
    known = base if base and git.resolve(base) is not None else ""
    common = git.merge_base(known, commit) if known else None
    commits = git.first_parents(common, commit) if common else (commit,)
    return Range(common or "", tuple(await attribution.changes(commits)), beside)
