"""Which GitHub a clone's remote is on, and which repository of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from tidegate.model.run import Run

_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>[^/].*)")
_PUBLIC = "github.com"


def github_of(remote: str, environ: Mapping[str, str], run: Run | None) -> Mapping[str, str] | None:
    """The variables that a runner would set, for a remote on a GitHub we know; None for any other.

    github.com and *.ghe.com are known; an Enterprise Server is by GITHUB_SERVER_URL.
    """
    if run is not None:
        return {**environ, "GITHUB_SERVER_URL": run.server, "GITHUB_REPOSITORY": run.repository}
    host, path = _parts(remote)
    repository = path.strip("/").removesuffix(".git")
    if not host or repository.count("/") != 1:
        return None
    server = environ.get("GITHUB_SERVER_URL", "")
    named = {"GITHUB_REPOSITORY": repository}
    if server and urlsplit(server).netloc.lower() == host:
        return {"GITHUB_API_URL": f"{server.rstrip('/')}/api/v3", **environ, **named}
    kept = {name: value for name, value in environ.items() if not name.startswith("GITHUB_")}
    if host in (_PUBLIC, f"ssh.{_PUBLIC}"):
        return {**kept, **named}
    if host.endswith(".ghe.com"):
        return {**kept, **named, "GITHUB_SERVER_URL": f"https://{host}", "GITHUB_API_URL": f"https://api.{host}"}
    return None


def _parts(remote: str) -> tuple[str, str]:
    """Host (of http with the port) and path of a URL, or of git's short form; none of a path."""
    if "://" in remote:
        parts = urlsplit(remote)
        web = parts.scheme in ("http", "https")
        return (parts.netloc.rpartition("@")[2].lower() if web else parts.hostname or ""), parts.path
    short = _SCP.fullmatch(remote)
    return (short["host"].lower(), short["path"]) if short else ("", "")
