"""Looks by HTTP: the status, and what the body has."""

from __future__ import annotations

import asyncio
import re
import ssl

import httpx

from tidegate.clock import Clock
from tidegate.model.project import Device, Probe
from tidegate.probes.base import Ask, Glance
from tidegate.probes.blame import is_ours, words
from tidegate.project.probe_address import Unfilled, url
from tidegate.project.probe_value import fill
from tidegate.project.work import as_templates_see

_BODY = 64 * 1024
_AT_ONCE = 256
_NOT_ASKED = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class HttpProber:
    """GET, by a new connection each time, as a new client would make it; no redirect is followed, no proxy used.

    Waiting for one of the connections that may be open at once is not part of `probe.timeout`. Time is the event
    loop's, as sockets are, whatever the clock.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance:
        try:
            address = url(fill(probe.value, as_templates_see(device)))
        except Unfilled as error:
            return Glance(None, str(error))
        async with self._free:
            try:
                async with asyncio.timeout(probe.timeout):
                    return await self._get(probe, address)
            except TimeoutError:
                return Glance(False, f"{address}: no answer in {probe.timeout} s")
            except _NOT_ASKED as error:
                return Glance(None, f"{address}: {words(error)}")
            except (httpx.HTTPError, OSError) as error:
                return Glance(None if is_ours(error) else False, f"{address}: {words(error)}")

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _get(self, probe: Probe, address: str) -> Glance:
        async with self._client(address).stream("GET", address) as response:
            if response.status_code != probe.expect:
                wanted = "" if probe.expect == 200 else f", not {probe.expect}"
                return Glance(False, f"HTTP {response.status_code} from {address}{wanted}")
            if probe.expect_body and not re.search(probe.expect_body, await _start_of(response)):
                return Glance(False, f"{address}: nothing in the body is like `{probe.expect_body}`")
            return Glance(True, f"HTTP {response.status_code}")

    def _client(self, address: str) -> httpx.AsyncClient:
        """Who reads all authorities of the web, a tenth of a second's work, does it for those who need them."""
        secure = not address.lower().startswith("http://")
        if secure not in self._clients:
            self._clients[secure] = httpx.AsyncClient(
                verify=True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # which trusts nobody
                follow_redirects=False,
                trust_env=False,
                timeout=None,  # noqa: S113 - the whole look is bounded, slow trickles too
                headers={"accept-encoding": "identity", "user-agent": "tidegate"},
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            )
        return self._clients[secure]


async def _start_of(response: httpx.Response) -> str:
    """The first 64 KiB, not unpacked: a small answer that unpacks to a large one stays small."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= _BODY:
            break
    return body[:_BODY].decode(errors="replace")
