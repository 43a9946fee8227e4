"""The endpoint of a runner that hands out a job's OIDC token: what GitHub says the job is."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "the-runners-own-token"


@contextmanager
def identity(claims: Mapping[str, Any] | None) -> Iterator[Mapping[str, str]]:
    """What a job has in its environment while that endpoint is there; None: it always fails."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            known = self.headers.get("authorization") == f"Bearer {SECRET}"
            good = known and asked.get("audience") == ["tidegate"] and asked.get("job") == ["1"] and claims is not None
            body = json.dumps({"value": _token(claims or {})} if good else {}).encode()
            self.send_response(200 if good else 500)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/token?job=1"
        yield {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": SECRET}
    finally:
        server.shutdown()
        server.server_close()


def _token(claims: Mapping[str, Any]) -> str:
    parts: tuple[dict[str, Any], ...] = ({"alg": "RS256"}, dict(claims), {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
