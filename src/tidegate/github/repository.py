"""The repository itself: its default branch, and where branches are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.github.answer import Call
from tidegate.github.library import Library, there
from tidegate.github.trouble import NotThere

if TYPE_CHECKING:
    from github.Repository import Repository

_NEEDS = "contents: read"


@dataclass(frozen=True, slots=True)
class Repo:
    """`visibility` is public, private or internal; `organization`: its owner is one, not a person."""

    name: str
    default_branch: str
    visibility: str
    organization: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """`protected`: some rule or protection holds for it; which, gates.py asks."""

    name: str
    head: str
    protected: bool


class RepositoryCalls:
    """The calls."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def get(self) -> Repo:
        return await self._library.ask(Call("read the repository", "contents: read"), _repo)

    async def branch(self, name: str) -> Branch | None:
        """None where there is no such branch."""
        try:
            return await self._library.ask(
                Call(f"read branch {name}", _NEEDS), lambda repository: _branch(repository, name)
            )
        except NotThere:
            return None


def _repo(repository: Repository) -> Repo:
    return Repo(
        name=there(repository.full_name),
        default_branch=there(repository.default_branch),
        visibility=there(repository.visibility),
        organization=there(repository.owner).type == "Organization",
    )


def _branch(repository: Repository, name: str) -> Branch:
    branch = repository.get_branch(name)
    return Branch(there(branch.name), there(branch.commit.sha), branch.protected)
