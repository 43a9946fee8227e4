"""What goes wrong on the way to a device, as the device's answer, in words for a person."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

import asyncssh

from tidegate.drivers.ssh.keyring import Keyring
from tidegate.drivers.ssh.options import Stop
from tidegate.errors import DriverError
from tidegate.model.answer import Lost, Refused

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


class NoWay(Exception):
    """A door did not open; `answer` is what the device behind it is taken to say."""

    def __init__(self, answer: Lost | Refused) -> None:
        super().__init__(answer)
        self.answer = answer


def is_drop(error: Exception) -> bool:
    """Did the other side hang up before it knew who we are? An sshd with too many logins at once does (MaxStartups)."""
    return isinstance(error, ConnectionResetError | BrokenPipeError) or type(error) is asyncssh.ConnectionLost


def read_trouble(error: Exception, stop: Stop, keyring: Keyring, whose: str = "") -> Lost | Refused:
    """An answer for the device. DriverError for what lies with the runner. `whose`: which host of the way it was."""
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return Refused("host_key_changed", whose + _stranger(stop, keyring))
        case asyncssh.KeyExchangeFailed() if "host key" in error.reason:
            return Refused("host_key_changed", whose + _stranger(stop, keyring))
        case asyncssh.PermissionDenied():
            user = stop.identity.user
            return Lost(f"{whose}`{user}` is not let in: no such user, or our key is not among its authorized keys")
        case asyncssh.ChannelOpenError():
            return Lost(f"{whose}no session was opened: {error.reason}")
        case asyncssh.DisconnectError():
            return Lost(f"{whose}it hung up: {error.reason or 'nothing was said'}")
        case asyncssh.Error():
            return Lost(f"{whose}{error.reason}")
        case _:
            return Lost(f"{whose}{_system_words(error)} (port {stop.port})")


def _stranger(stop: Stop, keyring: Keyring) -> str:
    file = stop.identity.known_hosts
    if keyring.knows(stop):
        return f"it shows another host key than {file} has; if it was set up anew: tidegate fleet keys"
    return f"{file} has no host key for it; collect it and compare it: tidegate fleet keys"


def _system_words(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "no such host"
        if isinstance(cause, OSError) and cause.errno in _OURS:
            raise DriverError(f"the runner cannot connect: {os.strerror(cause.errno).lower()}") from error
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
    return " ".join(str(error).split()) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__
