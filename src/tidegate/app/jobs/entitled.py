"""Whose yes counts for a rollout: nobody's who had a hand in it, no bot's, and only of those who are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tidegate.app.ground.stand import Ground, fetch_revision
from tidegate.audit.shelf import Past
from tidegate.model.change import authors_of, parse_change

_NOREPLY = "@users.noreply.github.com"
_BOT = "[bot]"


@dataclass(frozen=True, slots=True)
class Entitled:
    """`own`: logins and addresses, in lower case, of all who had a hand in the change; `asked`: who is asked, if
    anybody is named."""

    own: frozenset[str]
    asked: tuple[str, ...] = ()

    def objection(self, by: str) -> str:
        """Why a person's yes does not count; "" where it does. `by` is a login, or without GitHub an address."""
        if by.lower().endswith(_BOT):
            return f"{by} is no person"
        if by.lower() in self.own:
            return f"{by} is an author of it, and nobody approves their own change"
        if self.asked and by.lower() not in {name.lower() for name in self.asked}:
            unknown = [name for name in self.asked if "/" in name or name == "codeowners"]
            cannot = f" ({', '.join(unknown)}: who that is cannot be told here, so it counts nobody)" if unknown else ""
            return f"{by} is none of those asked: {', '.join(self.asked)}{cannot}"
        return ""


def entitled(ground: Ground, past: Past, asked: Sequence[str]) -> Entitled:
    """For one rollout: authors and committers as git and GitHub know them, and who pushed past all pull requests.

    Who merged a pull request of others has no hand in it; where GitHub was not asked, a merge counts like any commit.
    """
    git, opened = ground.git, past.opened
    fetch_revision(ground, past.plan.revision)
    base = opened.base if opened.base and git.resolve(opened.base) else ""
    addresses = git.authors(base, past.plan.revision, merges=not opened.changes)
    own = {name for address in addresses for name in _names(address.lower())}
    own |= authors_of(opened.changes)
    if any(not parse_change(change).pr for change in opened.changes):
        own.add(str(opened.asked.get("by", "")).lower())
    return Entitled(frozenset(own), tuple(asked))


def _names(address: str) -> Iterable[str]:
    """An address; and the login in one that GitHub gave to somebody who shows none."""
    yield address
    if address.endswith(_NOREPLY):
        yield address.removesuffix(_NOREPLY).rpartition("+")[2]
