"""The way to GitHub by PyGithub, for ordinary calls: in a thread, one at a time, under the same policy as the wire.

Measured of PyGithub 2.10, and what is done about it: its own retry would send a POST again (off), its throttle sleeps
and is not thread-safe (off; one call at a time), `get_*` may cost a hidden request (lazy), its log is raw (off).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from tidegate import __version__
from tidegate.escape import line
from tidegate.github.answer import Answer, Call, Lost
from tidegate.github.trouble import Unreadable
from tidegate.github.wire import PAGE, SECONDS, Wire

if TYPE_CHECKING:
    from github import Github, GithubException
    from github.Repository import Repository

_SOCKET_SECONDS = 20
_MANY = 2000
Value = TypeVar("Value")


class Library:
    """`ask` runs a function with the repository, which is lazy: only what is asked of it costs a request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._github: Github | None = None
        self._turn = asyncio.Lock()

    def close(self) -> None:
        if self._github is not None:
            self._github.close()
            self._github = None

    async def ask(self, call: Call, use: Callable[[Repository], Value]) -> Value:
        """What `use` returns; it may read the repository's objects, within four times the wire's seconds."""
        answer = await self._wire.until_answered(call, lambda: self._once(use))
        value: Value = answer.body
        return value

    async def _once(self, use: Callable[[Repository], Any]) -> Answer | Lost:
        async with self._turn:
            try:
                async with asyncio.timeout(4 * SECONDS):
                    return await asyncio.to_thread(self._try, self._opened(), use)
            except TimeoutError:
                self._github = None  # the thread still has it; it ends with its own time-outs
                return Lost(f"no answer in {4 * SECONDS:.0f} s", sent=True)

    def _try(self, github: Github, use: Callable[[Repository], Any]) -> Answer | Lost:
        import requests
        from github import BadAttributeException, GithubException

        try:
            value = use(github.get_repo(self._wire.address.repository))
        except BadAttributeException as error:
            raise Unreadable(f"GitHub's answer is not what it promises: {line(str(error))}") from error
        except GithubException as error:
            return _refusal(error)
        except requests.exceptions.RequestException as error:
            return Lost(type(error).__name__, sent=not _never_left(error))
        except (AssertionError, AttributeError, RuntimeError, TypeError, ValueError) as error:
            # PyGithub asserts that addresses in answers are on the host it asked; what is missing it has as None.
            raise Unreadable(f"GitHub's answer is not what it promises: {line(str(error))}") from error
        return Answer(200, _limits(github), value)

    def _opened(self) -> Github:
        from github import Auth, Github

        if self._github is None:
            _silence()
            self._github = Github(
                auth=Auth.Token(self._wire.token.reveal()),
                base_url=self._wire.address.api,
                timeout=_SOCKET_SECONDS,
                user_agent=f"tidegate/{__version__}",
                per_page=PAGE,
                verify=self._wire.address.certificates or True,
                retry=None,
                pool_size=1,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,
            )
        return self._github


def _silence() -> None:
    """Imported, PyGithub writes to stderr what GitHub says, raw; and a runner takes commands from there."""
    log = logging.getLogger("github")
    log.handlers.clear()
    log.setLevel(logging.WARNING)
    log.propagate = False


def some(entries: Iterable[Value]) -> tuple[Value, ...]:
    """A paged list, as far as a person could have meant it."""
    return tuple(islice(entries, _MANY))


def there(value: Value | None) -> Value:
    """What GitHub promises to send: PyGithub has None for what is missing."""
    if value is None:
        raise Unreadable("GitHub's answer lacks something it promises", hint="Is GITHUB_API_URL right?")
    return value


def _refusal(error: GithubException) -> Answer:
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    return Answer(error.status, headers, error.data)


def _limits(github: Github) -> Mapping[str, str]:
    remaining, limit = github.requester.rate_limiting
    if remaining < 0:
        return MappingProxyType({})
    reset = github.requester.rate_limiting_resettime
    return MappingProxyType(
        {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str(int(reset)),
        }
    )


def _never_left(error: Exception) -> bool:
    """Could no connection be made at all? Then nothing was asked."""
    import requests
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError)
