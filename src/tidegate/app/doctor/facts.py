"""What GitHub tells of a repository's gates, asked once; what it keeps from this token is a value of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidegate.github.client import Client
from tidegate.github.gates import (
    Environment,
    NotVisible,
    Protection,
    Rule,
    Ruleset,
    Seen,
    TokenDefaults,
)
from tidegate.github.trouble import Forbidden, NotThere

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Guards:
    """What holds for one branch."""

    branch: str
    exists: bool
    rules: Seen[tuple[Rule, ...]]
    protection: Seen[Protection | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """`environments` and `environment_secrets` are by name in lower case, as GitHub compares them."""

    repository: str
    settings: str
    main: Guards
    audit: Guards
    rulesets: Seen[tuple[Ruleset, ...]]
    environments: Seen[Mapping[str, Environment]]
    environment_secrets: Mapping[str, Seen[tuple[str, ...]]]
    secrets: Seen[tuple[str, ...]]
    organization_secrets: Seen[tuple[str, ...]]
    token: Seen[TokenDefaults]


async def gather(github: Client, audit_branch: str, wanted: Sequence[str]) -> Facts:
    """`wanted`: the environments whose secrets matter. What GitHub refuses to say is not visible, and no error."""
    repository = await github.repository.get()
    rulesets = await seen(github.gates.rulesets)
    environments = await seen(github.gates.environments)
    by_name = environments if isinstance(environments, NotVisible) else {one.name.lower(): one for one in environments}
    there = wanted if isinstance(by_name, NotVisible) else [name for name in wanted if name.lower() in by_name]
    secrets: Seen[tuple[str, ...]] = await github.gates.secrets()
    return Facts(
        repository=repository.name,
        settings=f"{github.address.server}/{repository.name}/settings",
        main=await _guards(github, repository.default_branch),
        audit=await _guards(github, audit_branch),
        rulesets=rulesets,
        environments=by_name,
        environment_secrets={name.lower(): await github.gates.environment_secrets(name) for name in there},
        secrets=secrets,
        organization_secrets=await github.gates.organization_secrets() if repository.organization else (),
        token=await github.gates.token_defaults(),
    )


async def _guards(github: Client, branch: str) -> Guards:
    exists = await github.repository.branch(branch) is not None
    if not exists:
        return Guards(branch, exists=False, rules=(), protection=None)
    return Guards(
        branch,
        exists=True,
        rules=await seen(lambda: github.gates.rules(branch)),
        protection=await github.gates.protection(branch),
    )


async def seen(ask: Callable[[], Awaitable[Value]]) -> Seen[Value]:
    """GitHub hides behind 403 and 404 what a token, or a plan, does not have."""
    try:
        return await ask()
    except (Forbidden, NotThere) as error:
        return NotVisible(error.message)
