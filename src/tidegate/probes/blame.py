"""Whose fault it is that a connection came to nothing, and short words for it."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""No files, memory or ports are left on the runner: that says nothing about a device."""
_LONGEST = 120


def is_ours(error: BaseException) -> bool:
    """Did the look fail for want of something on the runner?"""
    return any(isinstance(cause, OSError) and cause.errno in _OURS for cause in _causes(error))


def words(error: BaseException) -> str:
    """What the system said, else what the library said; one line."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "no such host"
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno:
            return os.strerror(cause.errno).lower()
    said = " ".join(str(error).split())
    return said[:_LONGEST] or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from, the outermost first. Groups are looked into."""
    at: BaseException | None = error
    while at is not None:
        yield at
        if isinstance(at, BaseExceptionGroup):
            for inner in at.exceptions:
                yield from _causes(inner)
        at = at.__cause__ or at.__context__
