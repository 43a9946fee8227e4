"""The fake GitHub on a socket: who may ask what, limits, faults, and a log of what was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from fakes.github import control, git_http
from fakes.github.endpoints import ROUTES
from fakes.github.faults import Fault, Kind
from fakes.github.limits import secondary
from fakes.github.routes import Refusal, Request, Response, Route, not_found
from fakes.github.scene import Scene
from fakes.github.shapes import number_of
from fakes.github.state import Token

ENTERPRISE = "/api/v3"
"""Below this prefix, too, as Enterprise Server has it."""
_QUICK = 0.01


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `route` is its name, empty where there is no such endpoint."""

    route: str
    method: str
    path: str
    sent: Any
    status: int
    answered: Any
    headers: Mapping[str, str]


class Dropped(Exception):
    """The connection ends without an answer."""


class Server(ThreadingHTTPServer):
    """`scene` is told what is asked below /_fake."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, scene: Scene, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.scene, self.state = scene, scene.state
        self.log: list[Exchange] = []
        self.lock = threading.RLock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": _QUICK}, daemon=True).start()

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections end as they like; what else goes wrong in here shall be seen."""
        import sys

        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, Dropped)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

    @property
    def _there(self) -> Server:
        return cast("Server", self.server)

    def _serve(self) -> None:
        body = self._body()
        parts = urlsplit(self.path)
        if parts.path.startswith(control.PREFIX):
            self._say(self._controlled(parts.path, body))
            return
        fault = self._there.state.faults.take(self.command, parts.path)
        try:
            self._before(fault)
            if git_http.is_git(self._there.state, parts.path):
                response = git_http.serve(self._there.state, self.command, self.path, self.headers, body)
                self._after(fault)
                self._send(response.status, response.headers, response.content)
                return
            answer = self._answer(fault, body)
            self._after(fault)
            self._say(answer)
        except Refusal as refusal:
            self._say(refusal.response)
        except Dropped:
            self._hang_up()

    def _controlled(self, path: str, body: bytes) -> Response:
        try:
            with self._there.lock:
                return control.answer(self._there.scene, self.command, path, _json(body))
        except Refusal as refusal:
            return refusal.response

    def _before(self, fault: Fault | None) -> None:
        match fault and fault.kind:
            case Kind.DROP:
                raise Dropped
            case Kind.BAD_GATEWAY:
                raise Refusal(502, "Server Error")
            case Kind.SLOW if fault:
                self._there.closing.wait(fault.seconds)
            case Kind.SECONDARY if fault:
                raise secondary(fault.seconds)
            case Kind.SECONDARY_SILENT:
                raise secondary(0)
            case Kind.TOO_MANY:
                raise Refusal(429, "Too many requests")
            case Kind.REDIRECT if fault:
                raise Refusal(301, "Moved Permanently", location=fault.to)
            case _:
                pass

    def _after(self, fault: Fault | None) -> None:
        match fault and fault.kind:
            case Kind.DROP_AFTER:
                raise Dropped
            case Kind.BAD_GATEWAY_AFTER:
                raise Refusal(502, "Server Error")
            case _:
                pass

    def _answer(self, fault: Fault | None, content: bytes) -> Response:
        if fault and fault.kind is Kind.GARBAGE:
            return Response(200, "<html>")
        parts = urlsplit(self.path)
        enterprise = parts.path.startswith(ENTERPRISE)
        path = parts.path.removeprefix(ENTERPRISE) if enterprise else parts.path.removeprefix("/api")
        renamed = f"/repositories/{number_of(self._there.state.repository)}"
        if path == renamed or path.startswith(f"{renamed}/"):
            path = f"/repos/{self._there.state.repository}{path.removeprefix(renamed)}"
        base = f"http://{self.headers.get('host', '')}{ENTERPRISE if enterprise else ''}"
        ask = path == "/graphql"
        with self._there.lock:
            route, sent, response = self._routed(path, dict(parse_qsl(parts.query)), content, base)
            needs = {"x-accepted-github-permissions": route.needs.replace(":", "=")} if route and route.needs else {}
            limits = {**self._there.state.limits.headers(), **({"x-ratelimit-resource": "graphql"} if ask else {})}
            response = Response(response.status, response.body, {**limits, **needs, **response.headers})
            name = route.name if route else ""
            self._there.log.append(
                Exchange(name, self.command, path, sent, response.status, response.body, response.headers)
            )
            return response

    def _routed(
        self, path: str, query: Mapping[str, str], content: bytes, base: str
    ) -> tuple[Route | None, Any, Response]:
        state, route, sent = self._there.state, None, None
        try:
            route, args = _route(self.command, path)
            token = self._token()
            sent = _json(content)
            state.limits.charge("GET" if path == "/graphql" else self.command)
            if "owner" in args and f"{args['owner']}/{args['name']}".lower() != state.repository.lower():
                raise not_found()
            _permit(token, route)
            request = Request(self.command, path, args, query, sent, token, base)
            return route, sent, route.endpoint(state, request)
        except Refusal as refusal:
            return route, sent, refusal.response

    def _token(self) -> Token:
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        token = self._there.state.tokens.get(value)
        if kind.lower() not in ("bearer", "token") or token is None:
            raise Refusal(401, "Bad credentials")
        return token

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _say(self, response: Response) -> None:
        body = response.body
        content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self._send(response.status, {"content-type": "application/json; charset=utf-8", **response.headers}, content)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Silent: `log` has it."""


def _route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    for route in ROUTES:
        args = route.match(method, path)
        if args is not None:
            return route, args
    raise not_found()


def _permit(token: Token, route: Route) -> None:
    if not token.may(route.needs):
        raise Refusal(403, "Resource not accessible by integration")


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
