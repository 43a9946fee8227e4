"""The way to GitHub by httpx: one policy for limits, faults and lost answers, and never a token to another host."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from tidegate import __version__
from tidegate.clock import Clock
from tidegate.escape import line
from tidegate.github.address import Address
from tidegate.github.answer import Again, Answer, Call, Lost, Patience, judge
from tidegate.github.token import Token
from tidegate.github.trouble import GitHubError, Refused, Unreadable

if TYPE_CHECKING:
    import httpx

VERSION = "2022-11-28"
SECONDS = 30.0
"""A request and its answer take at most so long."""
_BYTES = 16 * 1024 * 1024
_HOPS = 3
_PAGES = 50
PAGE = 100


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the hour's requests, as of the last answer; `reset` is UTC, seconds since 1970."""

    limit: int
    remaining: int
    reset: float


class Wire:
    """Asks GitHub, and asks again where that may help. For one event loop; `close` when done.

    Proxies and certificates are taken from the environment, as self-hosted runners set them.
    """

    def __init__(self, address: Address, token: Token, clock: Clock, patience: Patience = Patience()) -> None:
        self.address, self.token = address, token
        self.allowance: Allowance | None = None
        self._clock, self._patience = clock, patience
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def pause(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def get(self, call: Call, path: str, **query: str | int) -> Any:
        return (await self.ask(call, "GET", path, query=query)).body

    async def pages(self, call: Call, path: str, key: str = "", **query: str | int) -> AsyncIterator[Mapping[str, Any]]:
        """All entries of a list, page by page; `key` is where they stand in the answer. Refused over 5,000."""
        for page in range(1, _PAGES + 1):
            body = await self.get(call, path, per_page=PAGE, page=page, **query)
            entries = body.get(key) if key and isinstance(body, dict) else body
            if not isinstance(entries, list):
                raise Unreadable(f"cannot {call.what}: GitHub's answer has no list where one is promised")
            for entry in entries:
                yield entry
            if len(entries) < PAGE:
                return
        raise Refused(f"cannot {call.what}: more than {_PAGES * PAGE} entries")

    async def graphql(self, call: Call, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The `data` of an answer without errors; an error comes with status 200."""
        answer = await self.ask(call, "POST", self.address.graphql, body={"query": query, "variables": dict(variables)})
        body = answer.body if isinstance(answer.body, dict) else {}
        if body.get("errors") or not isinstance(body.get("data"), dict):
            raise Refused(f"cannot {call.what}: {answer.said or 'an answer without data'}")
        return dict(body["data"])

    async def ask(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
    ) -> Answer:
        """The answer, of status 2xx. `path` is below the API's address, or a URL on its host."""
        url = path if "://" in path else self.address.api + path
        return await self.until_answered(call, lambda: self._once(method, url, query, body))

    async def until_answered(self, call: Call, once: Callable[[], Awaitable[Answer | Lost]]) -> Answer:
        """One call under the policy; `once` is one try, by whatever way."""
        tries, waited = 1, 0.0
        while True:
            answer = await once()
            if isinstance(answer, Answer):
                self._note(answer.headers)
            then = judge(call, answer, tries, waited, self._clock.now().timestamp(), self._patience)
            if isinstance(then, GitHubError):
                raise then
            if not isinstance(then, Again):
                return then
            await self._clock.sleep(then.seconds)
            tries, waited = tries + 1, waited + then.seconds

    async def _once(self, method: str, url: str, query: Mapping[str, str | int] | None, body: object) -> Answer | Lost:
        import httpx

        try:
            async with asyncio.timeout(SECONDS):
                return await self._hop(method, url, query, body)
        except TimeoutError:
            return Lost(f"no answer in {SECONDS:.0f} s", sent=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            return Lost(_words(error), sent=False)
        except (httpx.TransportError, OSError) as error:
            return Lost(_words(error), sent=True)

    async def _hop(self, method: str, url: str, query: Mapping[str, str | int] | None, body: object) -> Answer:
        """A renamed repository answers with its new place: on the same host it is followed, elsewhere never."""
        for _ in range(_HOPS):
            answer = await self._send(method, url, query, body)
            if answer.status not in ((301, 302, 307, 308) if method == "GET" else (307, 308)):
                return answer
            there = urljoin(url, answer.headers.get("location", ""))
            if not same_origin(url, there):
                raise Refused(f"GitHub sends us to another host, {line(urlsplit(there).netloc)}; the token stays here")
            url, query = there, None
        raise Refused(f"GitHub sends us on and on from {line(url)}")

    async def _send(self, method: str, url: str, query: Mapping[str, str | int] | None, body: object) -> Answer:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {} if content is None else {"content-type": "application/json"}
        async with self._connections().stream(method, url, params=query, content=content, headers=headers) as response:
            text = bytearray()
            async for chunk in response.aiter_bytes():
                text += chunk
                if len(text) > _BYTES:
                    raise Unreadable(f"GitHub's answer is larger than {_BYTES // 1024 // 1024} MiB")
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, _parsed(bytes(text), response.status_code))

    def _note(self, headers: Mapping[str, str]) -> None:
        """GraphQL has a budget of its own, and is left out."""
        if headers.get("x-ratelimit-resource", "core") != "core":
            return
        numbers = [headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
        if all(number.isascii() and number.isdigit() for number in numbers):
            limit, remaining, reset = map(int, numbers)
            self.allowance = Allowance(limit, remaining, reset)

    def _connections(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                timeout=httpx.Timeout(SECONDS, connect=10),
                headers={
                    "authorization": f"Bearer {self.token.reveal()}",
                    "accept": "application/vnd.github+json",
                    "x-github-api-version": VERSION,
                    "user-agent": f"tidegate/{__version__}",
                },
            )
        return self._client


def part(text: str | int) -> str:
    """One part of a path: no slash and no dots of others lead elsewhere."""
    return quote(str(text), safe="").replace(".", "%2E") if str(text) in (".", "..") else quote(str(text), safe="")


def same_origin(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.hostname, first.port) == (second.scheme, second.hostname, second.port)


def _parsed(text: bytes, status: int) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        if status < 300:
            raise Unreadable("GitHub's answer is no JSON: is GITHUB_API_URL right?") from None
        return None


def _words(error: Exception) -> str:
    return line(str(error) or type(error).__name__)
