"""What people write by hand: one exec per device, then a look. No lock, no timer, no way back by itself, no record.

`bare.py HOSTS KNOWN_HOSTS KEY FILE`: addresses, one a line; the new content.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncssh

CONCURRENCY = 32
PORT = 8080
SCRIPT = """cd /var/lib/bare && cat >.live.conf.tmp && { grep -q '^ok' .live.conf.tmp || exit 11; } &&
ln -f live.conf live.conf.bak && mv -f .live.conf.tmp live.conf && { cp live.conf loaded || exit 13; }"""


async def main(hosts: list[str], known: str, key: bytes, content: bytes) -> None:
    options = asyncssh.SSHClientConnectionOptions(
        config=None,
        username="root",
        client_keys=[asyncssh.import_private_key(key)],
        agent_path=None,
        known_hosts=asyncssh.import_known_hosts(known),
        kex_algs="curve25519-sha256",
        encryption_algs="aes128-gcm@openssh.com",
        compression_algs="none",
        preferred_auth="publickey",
        gss_auth=False,
        gss_kex=False,
    )
    turns = asyncio.Semaphore(CONCURRENCY)

    async def one(host: str) -> None:
        async with turns:
            async with asyncssh.connect(host, 22, config=None, options=options) as connection:
                done = await connection.run(SCRIPT, input=content, encoding=None)
            assert done.exit_status == 0, f"{host}: {done.exit_status} {done.stderr!r}"
            reader, writer = await asyncio.open_connection(host, PORT)
            writer.write(f"GET /bare HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
            status = await reader.readline()
            assert b" 200 " in status, f"{host}: {status!r}"
            writer.close()

    await asyncio.gather(*(one(host) for host in hosts))


names, known_hosts, own, new = map(Path, sys.argv[1:])
asyncio.run(main(names.read_text().split(), known_hosts.read_text(), own.read_bytes(), new.read_bytes()))
