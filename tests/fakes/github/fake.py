"""The fake GitHub as tests hold it: start it, set the scene in words, look what came of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from fakes.github.limits import Limits
from fakes.github.scene import Scene
from fakes.github.server import Exchange, Server
from fakes.github.state import WRITE, State

TOKEN = "ghs_AToken0000000000000000000000000000000"
WORKFLOW = ("actions", "checks", "contents", "pull-requests", "issues", "statuses")
"""Permissions that a workflow may give its token; GitHub writes them with an underscore in its own places."""


def _now() -> datetime:
    return datetime.now(UTC)


class FakeGitHub(Scene):
    """A GitHub with one repository. `now` is its clock; `with` it, or `start` and `stop` it.

    The usual token, TOKEN, may do all that a workflow can permit.
    """

    def __init__(
        self,
        folder: Path,
        repository: str = "acme/fleet",
        now: Callable[[], datetime] = _now,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.state = State(repository, folder, now)
        self.token(TOKEN, **dict.fromkeys(WORKFLOW, WRITE))
        self._server = Server(self, host, port)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def limits(self) -> Limits:
        """Rate limits; a test may change them."""
        return self.state.limits

    @property
    def log(self) -> Sequence[Exchange]:
        """Every request to the API so far, and its answer."""
        return self._server.log

    @property
    def environ(self) -> Mapping[str, str]:
        """As a runner would set it."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_REPOSITORY": self.state.repository,
        }

    def bare(self) -> Path:
        """The bare repository, made where there is none."""
        bare = self.state.bare
        if not bare.is_dir():
            bare.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["git", "init", "--quiet", "--bare", f"--initial-branch={self.state.default_branch}", bare], check=True
            )
            subprocess.run(["git", "-C", bare, "config", "http.receivepack", "true"], check=True)
        return bare

    def asked(self, method: str = "", path: str = "") -> Sequence[Exchange]:
        """The requests of a method whose path has `path` in it."""
        return [each for each in self.log if each.method.startswith(method) and path in each.path]
