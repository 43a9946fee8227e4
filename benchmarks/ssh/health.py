"""Says of every device whether it has loaded what lies there: `health.py FOLDER PORT`, GET /<what> at its address."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

TOP = Path(sys.argv[1])


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.read(4096)
    if not head:  # somebody looks whether we are here
        writer.close()
        return
    what = head.split(b" ", 2)[1].decode().strip("/")
    folder = TOP / writer.get_extra_info("sockname")[0] / what
    well = (folder / "live.conf").read_bytes() == (folder / "loaded").read_bytes()
    status = "200 OK" if well else "503 Service Unavailable"
    writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "0.0.0.0", int(sys.argv[2]), backlog=1024)
    await server.serve_forever()


asyncio.run(main())
