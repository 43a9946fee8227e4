"""The bare repository by git's smart HTTP, with the token as the password, through git's own `http-backend`."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit

from fakes.github.routes import Refusal
from fakes.github.state import State

_SECONDS = 120


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes


def is_git(state: State, path: str) -> bool:
    """GitHub serves a repository with and without `.git` at the end of its name."""
    return path.startswith((f"/{state.repository}.git/", f"/{state.repository}/"))


def serve(state: State, method: str, target: str, headers: Message, body: bytes) -> Reply:
    """One request of git's; Refusal where the token may not, or there is no such repository."""
    parts = urlsplit(target)
    writes = parts.path.endswith("/git-receive-pack") or "service=git-receive-pack" in parts.query
    login = _login(state, headers, writes=writes)
    inside = parts.path.removeprefix(f"/{state.repository}").removeprefix(".git")
    environ = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(state.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH_INFO": f"/{state.repository}.git{inside}",
        "QUERY_STRING": parts.query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
    }
    ended = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environ, timeout=_SECONDS)
    return _reply(ended.stdout)


def _login(state: State, headers: Message, *, writes: bool) -> str:
    """Who it is. Public repositories are read by everybody."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    password = base64.b64decode(value).decode().partition(":")[2] if kind.lower() == "basic" else ""
    token = state.tokens.get(password)
    if token is None:
        if state.visibility == "public" and not writes and not kind:
            return ""
        raise Refusal(401, "Invalid username or token.", www_authenticate='Basic realm="GitHub"')
    if not token.may("contents:write" if writes else "contents:read"):
        raise Refusal(403, "Write access to repository not granted." if writes else "Repository not found.")
    return token.login


def _reply(output: bytes) -> Reply:
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Reply(status, headers, content)
