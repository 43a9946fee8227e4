"""What GitHub says a job is: the claims of its OIDC token, asked of the runner's own endpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.escape import line
from tidegate.github.reading import text
from tidegate.github.trouble import Away, Unreadable

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
AUDIENCE = "tidegate"
_SECONDS = 20.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Claims:
    """`environment` is the GitHub environment that the job names, "" where it names none."""

    repository: str
    run: str
    ref: str
    environment: str


async def claims(environ: Mapping[str, str]) -> Claims | None:
    """None where the runner offers no token: no `id-token: write`, or a runner that has none.

    The token comes straight from GitHub, over a connection that is its own, so nobody could have signed it anew; it
    is kept nowhere. Away where GitHub does not answer, Unreadable where its answer is no token.
    """
    if not environ.get(URL) or not environ.get(TOKEN):
        return None
    body = await _ask(environ[URL], environ[TOKEN])
    said = _payload(text(body, "value"))
    return Claims(
        repository=text(said, "repository"),
        run=str(said.get("run_id", "")),
        ref=text(said, "ref"),
        environment=text(said, "environment"),
    )


async def _ask(url: str, token: str) -> Any:
    import httpx

    why = ""
    async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
        for _ in range(_TRIES):
            try:
                answer = await client.get(
                    httpx.URL(url).copy_merge_params({"audience": AUDIENCE}),
                    headers={"authorization": f"Bearer {token}"},
                )
            except httpx.HTTPError as error:
                why = line(str(error) or type(error).__name__)
                continue
            if answer.status_code == 200:
                return _json(answer.content)
            why = f"status {answer.status_code}"
    raise Away(
        f"what this job is cannot be asked of GitHub: {why}",
        hint="Nothing was started. Run the job again; if it stays so, see githubstatus.com.",
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise Unreadable("GitHub's answer with this job's identity is no JSON") from None


def _payload(token: str) -> Mapping[str, Any]:
    """The middle part of a JWT."""
    parts = token.split(".")
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError):
        found = None
    if not isinstance(found, dict):
        raise Unreadable("GitHub's answer with this job's identity is no token")
    return found
