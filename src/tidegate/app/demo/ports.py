"""Ports in a row on the loopback that nobody else has."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tidegate.errors import UsageError

FIRST, STEP, LAST = 18100, 100, 28100


@contextmanager
def claimed(count: int) -> Iterator[int]:
    """The first of `count` free ports; other demos leave them alone until the end of the block.

    Each block of ports begins with one that serves nobody: who listens there has the block. So two demos that start at
    the same moment cannot find the same ports free.
    """
    for claim in range(FIRST, LAST, STEP):
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(_listening(claim))
                for port in range(claim + 1, claim + 1 + count):
                    _listening(port).close()
            except OSError:
                continue
            yield claim + 1
            return
    raise UsageError(f"no {count} ports in a row are free between {FIRST} and {LAST}")


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
