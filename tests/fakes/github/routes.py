"""What an endpoint is: a pattern, what the token needs, and a function from request to response."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlencode

if TYPE_CHECKING:
    from fakes.github.state import State, Token


@dataclass(frozen=True)
class Request:
    """`args` are the parts that the pattern names, unquoted; `body` is the JSON, None where there is none."""

    method: str
    path: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    token: Token
    base: str

    def number(self, name: str) -> int:
        return int(self.args[name])


@dataclass(frozen=True)
class Response:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Endpoint: TypeAlias = Callable[["State", Request], Response]


@dataclass(frozen=True)
class Route:
    """`needs`: the permission, as `checks:write`. `answers`, `takes`: the OpenAPI-derived models of both bodies."""

    method: str
    pattern: str
    endpoint: Endpoint
    needs: str
    answers: str
    takes: str = ""
    many: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.pattern}"

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        if method != self.method:
            return None
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.pattern)
        found = re.fullmatch(pattern.replace("(?P<branch>[^/]+)", "(?P<branch>[^?]+?)"), path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}


class Refusal(Exception):
    """An answer that is not 2xx, with GitHub's body."""

    def __init__(self, status: int, message: str, errors: Sequence[Any] = (), **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def response(self) -> Response:
        body: dict[str, Any] = {
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(self.status),
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return Response(self.status, body, self.headers)


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def invalid(message: str) -> Refusal:
    return Refusal(422, "Validation Failed", [message])


def paged(request: Request, entries: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, str]]:
    """One page, and the `link` header that names the others."""
    size = max(1, min(100, int(request.query.get("per_page", "30"))))
    page = max(1, int(request.query.get("page", "1")))
    last = max(1, -(-len(entries) // size))
    others = {"next": page + 1, "last": last} if page < last else {}
    kept = {name: value for name, value in request.query.items() if name not in ("page", "per_page")}
    links = []
    for name, number in others.items():
        asked = urlencode({**kept, "per_page": size, "page": number})
        links.append(f'<{request.base}{request.path}?{asked}>; rel="{name}"')
    return entries[(page - 1) * size : page * size], {"link": ", ".join(links)} if links else {}
