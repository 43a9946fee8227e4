"""GitHub's larger objects, with every field that its description promises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fakes.github.state import State

APP = 15368
"""The id of the app `github-actions`, whose installation tokens workflows get."""

_USER_URLS = "followers following gists starred subscriptions organizations repos events received_events"
_REPOSITORY_URLS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags issue_comment issue_events issues keys labels languages "
    "merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees hooks"
)


def node(*parts: object) -> str:
    return "N_" + hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def number_of(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:7], 16)


def user(base: str, login: str, kind: str = "") -> dict[str, Any]:
    kind = kind or ("Bot" if login.endswith("[bot]") else "User")
    url = f"{base}/users/{login}"
    return {
        "login": login,
        "id": number_of(login),
        "node_id": node("user", login),
        "avatar_url": f"{url}/avatar",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{base}/{login}",
        **{f"{name}_url": f"{url}/{name}" for name in _USER_URLS.split()},
        "type": kind,
        "site_admin": False,
    }


def repository(state: State, base: str) -> dict[str, Any]:
    """The full shape; the smaller ones are parts of it."""
    owner, _, name = state.repository.partition("/")
    url = f"{base}/repos/{state.repository}"
    kind = "Organization" if state.organization else "User"
    zeros = "forks_count stargazers_count watchers_count size open_issues_count subscribers_count network_count"
    return {
        "id": number_of(state.repository),
        "node_id": node("repository", state.repository),
        "name": name,
        "full_name": state.repository,
        "owner": user(base, owner, kind),
        "private": state.visibility != "public",
        "visibility": state.visibility,
        "html_url": f"{base}/{state.repository}",
        "description": None,
        "fork": False,
        "url": url,
        **{f"{part}_url": f"{url}/{part.replace('_', '/')}" for part in _REPOSITORY_URLS.split()},
        "git_url": f"{base}/{state.repository}.git",
        "ssh_url": f"git@localhost:{state.repository}.git",
        "clone_url": f"{base}/{state.repository}.git",
        "svn_url": f"{base}/{state.repository}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        **dict.fromkeys(zeros.split(), 0),
        **dict.fromkeys(("forks", "open_issues", "watchers"), 0),
        "default_branch": state.default_branch,
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "has_downloads", "archived", "disabled"), False),
        "pushed_at": state.stamp(),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": state.stamp(),
        "license": None,
    }


def app(base: str) -> Mapping[str, Any]:
    return {
        "id": APP,
        "slug": "github-actions",
        "node_id": node("app"),
        "owner": user(base, "github", "Organization"),
        "name": "GitHub Actions",
        "description": None,
        "external_url": f"{base}/features/actions",
        "html_url": f"{base}/apps/github-actions",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2018-07-30T09:30:17Z",
        "permissions": {"checks": "write", "metadata": "read"},
        "events": [],
    }
