"""Whether gates are real: rules of branches, rulesets, environments and where secrets are; what the token may not see
is a value of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from tidegate.github.answer import Call
from tidegate.github.reading import at, entries, flag, number, text
from tidegate.github.trouble import Forbidden, NotThere
from tidegate.github.wire import Wire, part

_ADMIN = "administration: read"
_NOT_PROTECTED = "branch not protected"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class NotVisible:
    """The token may not know. It is neither yes nor no; `why` says what it would need."""

    why: str


Seen: TypeAlias = Value | NotVisible


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that holds for a branch: its kind (`required_status_checks`), what it says, and the ruleset it is of."""

    kind: str
    parameters: Mapping[str, Any]
    ruleset: int
    source: str


@dataclass(frozen=True, slots=True)
class Bypass:
    """Who may pass a ruleset by: `RepositoryRole`, `Team`, `Integration` and so on; `mode` always or pull_request."""

    kind: str
    id: int
    mode: str


@dataclass(frozen=True, slots=True)
class Ruleset:
    """`enforcement` is active, evaluate or disabled; `include` and `exclude` are patterns of refs."""

    id: int
    name: str
    target: str
    enforcement: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    rules: tuple[Rule, ...]
    bypass: Seen[tuple[Bypass, ...]]


@dataclass(frozen=True, slots=True)
class Protection:
    """The older protection of a branch. `checks` are the names of required checks."""

    checks: tuple[str, ...]
    strict: bool
    reviews: int
    admins_too: bool
    force_pushes: bool
    deletions: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """`reviewers` are logins and, as `@owner/slug`, teams; `wait` is in minutes.

    `branches`: patterns that may use it; `protected_only`: those with a protection; neither: every branch.
    """

    name: str
    reviewers: tuple[str, ...]
    no_self_review: bool
    admins_bypass: Seen[bool]
    wait: int
    branches: Seen[tuple[str, ...]]
    protected_only: bool
    any_branch: bool


@dataclass(frozen=True, slots=True)
class TokenDefaults:
    """What a workflow's token may do where the workflow does not say: `read` or `write`."""

    permissions: str
    approves_pulls: bool


class Gates:
    """The calls."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._path = f"/repos/{wire.address.repository}"

    async def rules(self, branch: str) -> tuple[Rule, ...]:
        """All that hold for a branch, whichever ruleset they are of; everybody who reads may see them."""
        call = Call(f"read the rules of branch {branch}", "contents: read")
        path = f"{self._path}/rules/branches/{part(branch)}"
        return tuple([_rule(entry) async for entry in self._wire.pages(call, path)])

    async def protection(self, branch: str) -> Seen[Protection | None]:
        """None where the branch has none."""
        call = Call(f"read the protection of branch {branch}", _ADMIN)
        path = f"{self._path}/branches/{part(branch)}/protection"
        try:
            return _protection(await self._wire.get(call, path))
        except Forbidden as error:
            return _unseen(error)
        except NotThere as error:
            return None if _NOT_PROTECTED in error.message.lower() else _unseen(error)

    async def rulesets(self) -> tuple[Ruleset, ...]:
        """Of the repository and those above it, each whole."""
        call = Call("list the rulesets", "contents: read")
        path = f"{self._path}/rulesets"
        found = [number(entry, "id") async for entry in self._wire.pages(call, path, includes_parents="true")]
        return tuple([_ruleset(await self._wire.get(call, f"{path}/{id}")) for id in found])  # noqa: A001

    async def environments(self) -> tuple[Environment, ...]:
        call = Call("list the environments", "actions: read")
        found = [entry async for entry in self._wire.pages(call, f"{self._path}/environments", "environments")]
        return tuple([await self._environment(entry) for entry in found])

    async def secrets(self) -> Seen[tuple[str, ...]]:
        """Names of the repository's own secrets, which every workflow on any branch reads."""
        return await self._names("list the repository's secrets", f"{self._path}/actions/secrets", "secrets: read")

    async def organization_secrets(self) -> Seen[tuple[str, ...]]:
        """Names of the organization's secrets that this repository has."""
        path = f"{self._path}/actions/organization-secrets"
        return await self._names("list the organization's secrets", path, "secrets: read")

    async def environment_secrets(self, environment: str) -> Seen[tuple[str, ...]]:
        path = f"{self._path}/environments/{part(environment)}/secrets"
        return await self._names(f"list the secrets of environment {environment}", path, "environments: read")

    async def token_defaults(self) -> Seen[TokenDefaults]:
        call = Call("read what workflows' tokens may do", _ADMIN)
        return await _seen(lambda: self._token_defaults(call))

    async def _token_defaults(self, call: Call) -> TokenDefaults:
        body = await self._wire.get(call, f"{self._path}/actions/permissions/workflow")
        return TokenDefaults(text(body, "default_workflow_permissions"), flag(body, "can_approve_pull_request_reviews"))

    async def _names(self, what: str, path: str, needs: str) -> Seen[tuple[str, ...]]:
        return await _seen(lambda: self._named(Call(what, needs), path))

    async def _named(self, call: Call, path: str) -> tuple[str, ...]:
        return tuple([text(entry, "name") async for entry in self._wire.pages(call, path, "secrets")])

    async def _environment(self, body: Mapping[str, Any]) -> Environment:
        name = text(body, "name")
        rules = list(entries(body, "protection_rules"))
        reviews = next((rule for rule in rules if rule.get("type") == "required_reviewers"), None)
        bypass = at(body, "can_admins_bypass")
        custom = flag(body, "deployment_branch_policy", "custom_branch_policies")
        return Environment(
            name=name,
            reviewers=tuple(self._reviewer(entry) for entry in entries(reviews, "reviewers")),
            no_self_review=flag(reviews, "prevent_self_review"),
            admins_bypass=bypass if isinstance(bypass, bool) else NotVisible("GitHub does not tell this token"),
            wait=sum(number(rule, "wait_timer") for rule in rules if rule.get("type") == "wait_timer"),
            branches=await self._branches(name) if custom else (),
            protected_only=flag(body, "deployment_branch_policy", "protected_branches"),
            any_branch=at(body, "deployment_branch_policy") is None,
        )

    async def _branches(self, environment: str) -> Seen[tuple[str, ...]]:
        """Patterns of branches; those of tags are marked `tag:`."""
        call = Call(f"read which branches may use environment {environment}", "actions: read")
        return await _seen(lambda: self._patterns(call, environment))

    async def _patterns(self, call: Call, environment: str) -> tuple[str, ...]:
        path = f"{self._path}/environments/{part(environment)}/deployment-branch-policies"
        found = [entry async for entry in self._wire.pages(call, path, "branch_policies")]
        return tuple(f"{'tag:' if entry.get('type') == 'tag' else ''}{text(entry, 'name')}" for entry in found)

    def _reviewer(self, entry: Mapping[str, Any]) -> str:
        if entry.get("type") == "Team":
            return f"@{self._wire.address.owner}/{text(entry, 'reviewer', 'slug')}"
        return text(entry, "reviewer", "login")


async def _seen(ask: Callable[[], Awaitable[Value]]) -> Seen[Value]:
    """GitHub hides what a token may not see behind 403 or 404."""
    try:
        return await ask()
    except (Forbidden, NotThere) as error:
        return _unseen(error)


def _unseen(error: Forbidden | NotThere) -> NotVisible:
    return NotVisible(error.message)


def _rule(body: Mapping[str, Any]) -> Rule:
    return Rule(
        kind=text(body, "type"),
        parameters=MappingProxyType(dict(at(body, "parameters") or {})),
        ruleset=at(body, "ruleset_id") or 0,
        source=text(body, "ruleset_source"),
    )


def _ruleset(body: Mapping[str, Any]) -> Ruleset:
    """Who may bypass is told only to those who may change the ruleset."""
    names = at(body, "conditions", "ref_name") or {}
    hidden = not isinstance(at(body, "bypass_actors"), list)
    actors = tuple(
        Bypass(text(one, "actor_type"), at(one, "actor_id") or 0, text(one, "bypass_mode"))
        for one in entries(body, "bypass_actors")
    )
    return Ruleset(
        id=number(body, "id"),
        name=text(body, "name"),
        target=text(body, "target"),
        enforcement=text(body, "enforcement"),
        include=tuple(at(names, "include") or ()),
        exclude=tuple(at(names, "exclude") or ()),
        rules=tuple(_rule(rule) for rule in entries(body, "rules")),
        bypass=NotVisible("only those who may change the ruleset are told who may bypass it") if hidden else actors,
    )


def _protection(body: Mapping[str, Any]) -> Protection:
    checks = at(body, "required_status_checks") or {}
    return Protection(
        checks=tuple(text(check, "context") for check in entries(checks, "checks")),
        strict=flag(checks, "strict"),
        reviews=at(body, "required_pull_request_reviews", "required_approving_review_count") or 0,
        admins_too=flag(body, "enforce_admins", "enabled"),
        force_pushes=flag(body, "allow_force_pushes", "enabled"),
        deletions=flag(body, "allow_deletions", "enabled"),
    )
