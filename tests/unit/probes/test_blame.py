"""Whose fault it is that a look came to nothing."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from tidegate.probes.blame import is_ours, words


def caused_by(cause: BaseException) -> Exception:
    error = RuntimeError("All connection attempts failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL])
def test_what_the_runner_lacks_says_nothing_about_a_device(number: int) -> None:
    assert is_ours(OSError(number, "x"))
    assert is_ours(caused_by(OSError(number, "x")))
    assert is_ours(caused_by(ExceptionGroup("all", [OSError(errno.ECONNREFUSED, "x"), OSError(number, "x")])))


def test_a_refused_connection_is_the_devices() -> None:
    assert not is_ours(caused_by(OSError(errno.ECONNREFUSED, "x")))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (caused_by(OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)")), "connection refused"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to host"),
        (socket.gaierror(-2, "Name or service not known"), "no such host"),
        (ssl.SSLError(1, "certificate verify failed"), "certificate verify failed"),
        (ValueError("two\n lines"), "two lines"),
        (ValueError(), "ValueError"),
    ],
)
def test_words_are_short_and_one_line(error: Exception, said: str) -> None:
    assert words(error) == said
