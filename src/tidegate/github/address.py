"""Where GitHub is, and which repository is meant: github.com, Enterprise Server, or a fake one on this machine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tidegate.errors import UsageError
from tidegate.escape import line

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_DOTS = (".", "..")


@dataclass(frozen=True, slots=True)
class Address:
    """`api` and `server` are URLs without a slash at their end, `repository` is `owner/name`.

    `certificates`: a file with authorities to trust instead of the usual ones, for an Enterprise Server of one's own.
    """

    api: str
    graphql: str
    server: str
    repository: str
    certificates: str = ""

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        return self.repository.partition("/")[2]

    @property
    def git(self) -> str:
        """The URL that git fetches from and pushes to, without a token."""
        return f"{self.server}/{self.repository}.git"


def address(environ: Mapping[str, str]) -> Address:
    """As the runner says it. UsageError where GITHUB_REPOSITORY is missing, or a URL is none we would give a token."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _NAME.fullmatch(repository) or repository.partition("/")[2] in _DOTS:
        said = f"GITHUB_REPOSITORY is `{line(repository)}`" if repository else "GITHUB_REPOSITORY is not set"
        raise UsageError(f"{said}: which repository is meant?", hint="Set it to owner/name; in a workflow it is set.")
    api = _url(environ, "GITHUB_API_URL", "https://api.github.com")
    return Address(
        api=api,
        graphql=_url(environ, "GITHUB_GRAPHQL_URL", _graphql(api)),
        server=_url(environ, "GITHUB_SERVER_URL", "https://github.com"),
        repository=repository,
        certificates=environ.get("SSL_CERT_FILE", ""),
    )


def _graphql(api: str) -> str:
    """Enterprise Server has REST below /api/v3 and GraphQL at /api/graphql."""
    return f"{api.removesuffix('/v3')}/graphql"


def _url(environ: Mapping[str, str], variable: str, usual: str) -> str:
    url = (environ.get(variable) or usual).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or "@" in parts.netloc:
        raise UsageError(f"{variable} is no address of a GitHub: {line(url)}", hint=f"It looks like {usual}")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise UsageError(
            f"{variable} is {line(url)}: the token would go over the network for everybody to read",
            hint="Use https; http is for this machine alone.",
        )
    return url


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
