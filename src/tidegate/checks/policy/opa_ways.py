"""Ways to an OPA for its client: a UNIX socket of this machine, or the network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.retry import Retry

_SECONDS = 10.0
# Again where OPA says that it is busy, and only there: the client's own retries do it the other way round.
_BUSY = Retry(3, connect=0, read=False, status_forcelist=(429, 503), allowed_methods=None, backoff_factor=0.5)


def over_socket(path: Path, token: str) -> OpaClient:
    """A client of the OPA that listens at a UNIX socket."""
    client = OpaClient("opa", token=token, retries=0)
    client._session.mount("http://", _SocketAdapter(path))
    client._session.trust_env = False
    return client


def over_network(host: str, port: int, *, tls: bool) -> OpaClient:
    """A client of an OPA elsewhere; its certificate is checked."""
    client = OpaClient(host, port, ssl=tls)
    client._session.mount("http://", HTTPAdapter(max_retries=_BUSY))
    client._session.mount("https://", HTTPAdapter(max_retries=_BUSY))
    return client


class _SocketAdapter(HTTPAdapter):
    """Every request goes to one UNIX socket, whatever host it names."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._pool = _SocketPool(path)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool


class _SocketPool(HTTPConnectionPool):
    def __init__(self, path: Path) -> None:
        super().__init__("opa", maxsize=1)
        self._path = path

    def _new_conn(self) -> HTTPConnection:
        return _SocketConnection(self._path)


class _SocketConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("opa")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(str(self._path))
