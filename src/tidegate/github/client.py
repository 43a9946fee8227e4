"""The client: all of GitHub that we use, by topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from tidegate.clock import Clock
from tidegate.github.address import Address, address
from tidegate.github.answer import Patience
from tidegate.github.check_runs import CheckRuns
from tidegate.github.gates import Gates
from tidegate.github.library import Library
from tidegate.github.pulls import Pulls
from tidegate.github.repository import RepositoryCalls
from tidegate.github.runs import Runs
from tidegate.github.token import Token
from tidegate.github.wire import Allowance, Wire


class Client:
    """For one event loop; `async with` it, or `close` it.

    Every call is awaited, is bounded in time, waits for rate limits within `patience`, and raises a child of
    GitHubError. Nothing else in Tidegate talks to GitHub.
    """

    def __init__(self, where: Address, token: Token, clock: Clock, patience: Patience = Patience()) -> None:
        self._wire = Wire(where, token, clock, patience)
        self._library = Library(self._wire)
        self.repository = RepositoryCalls(self._library)
        self.checks = CheckRuns(self._wire)
        self.runs = Runs(self._wire, self._library)
        self.pulls = Pulls(self._wire, self._library)
        self.gates = Gates(self._wire)

    @property
    def address(self) -> Address:
        return self._wire.address

    @property
    def allowance(self) -> Allowance | None:
        """What is left of the hour's requests, as of the last answer; None before the first."""
        return self._wire.allowance

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self._library.close()
        await self._wire.close()


def client(environ: Mapping[str, str], token: str, clock: Clock) -> Client:
    """The client of the repository that the environment names. UsageError where that, or the token, is not usable."""
    return Client(address(environ), Token(token), clock)
