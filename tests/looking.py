"""A look at one device, and small servers on the loopback to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tidegate.model.answer import Answer
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Login, Look
from tidegate.probes.base import Glance, Prober

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def a_device(port: int = 0, **fields: Any) -> Device:
    said: dict[str, Any] = {"name": "web-01", "address": "127.0.0.1", "driver": "local", "vars": {"port": port}}
    return Device(**{**said, **fields})


async def nobody(device: Device, verb: Look | Login) -> Answer:
    raise AssertionError(f"nobody was to be asked on {device.name}: {verb}")


async def look(prober: Prober, device: Device, value: str, kind: str, **fields: Any) -> Glance:
    probe = Probe("serves", kind, value, **fields)  # type: ignore[arg-type]
    return await prober.look(probe, device, nobody)


@asynccontextmanager
async def serving(serve: Serve, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server on a free port. It is gone afterwards, with all that it still served."""
    served: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(take, host, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


def answering(status: str = "200 OK", body: bytes = b"", headers: str = "") -> Serve:
    """An HTTP server of one answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes connections and never says a word."""
    await reader.read()


async def free_port() -> int:
    """A port on which nobody listens."""
    async with serving(silent) as port:
        return port
