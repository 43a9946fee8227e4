"""Deployments: a rollout as GitHub shows it, and the anchor of the record outside the audit branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tidegate.github.answer import Call
from tidegate.github.library import Library, some, there
from tidegate.github.trouble import AnswerLost

if TYPE_CHECKING:
    from github.Deployment import Deployment as PyDeployment
    from github.Repository import Repository

_NEEDS = "deployments: write"
_DESCRIPTION = 140
_KEY = "tidegate"


class DeploymentState(StrEnum):
    IN_PROGRESS = "in_progress"
    QUEUED = "queued"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Deployment:
    """`payload` is what was put there when it was made, texts by name; `key` tells ours from others'."""

    id: int
    sha: str
    environment: str
    key: str
    payload: Mapping[str, str]


class Deployments:
    """The calls. GitHub is told neither to merge anything nor to wait for other checks: we have looked ourselves."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def create(
        self, sha: str, environment: str, key: str, payload: Mapping[str, str], *, production: bool
    ) -> Deployment:
        """One for each `key`: where the answer got lost it is looked for before it is sent again."""
        call = Call(f"create the deployment of {environment}", _NEEDS, repeatable=False)
        body = {**payload, _KEY: key}

        def make(repository: Repository) -> Deployment:
            return _deployment(
                repository.create_deployment(
                    sha,
                    auto_merge=False,
                    required_contexts=[],
                    payload=body,
                    environment=environment,
                    production_environment=production,
                )
            )

        try:
            return await self._library.ask(call, make)
        except AnswerLost:
            found = [one for one in await self.of(sha, environment) if one.key == key]
            return found[0] if found else await self._library.ask(call, make)

    async def of(self, sha: str = "", environment: str = "") -> tuple[Deployment, ...]:
        """Those of a commit, of an environment, or of both; the newest first."""
        call = Call("list the deployments", "deployments: read")
        wanted = {name: value for name, value in (("sha", sha), ("environment", environment)) if value}
        return await self._library.ask(
            call, lambda repository: tuple(_deployment(one) for one in some(repository.get_deployments(**wanted)))
        )

    async def say(self, deployment: int, state: DeploymentState, description: str, log: str = "") -> None:
        """A status; said twice it is only shown twice. `description` has at most 140 characters; `log` is a URL."""
        call = Call("say how the deployment goes", _NEEDS)
        more = {"target_url": log} if log else {}

        def tell(repository: Repository) -> bool:
            one = repository.get_deployment(deployment)
            one.create_status(state.value, description=description[:_DESCRIPTION], auto_inactive=False, **more)
            return True

        await self._library.ask(call, tell)


def _deployment(deployment: PyDeployment) -> Deployment:
    texts = {str(name): str(value) for name, value in _payload(deployment).items()}
    return Deployment(
        id=there(deployment.id),
        sha=there(deployment.sha),
        environment=there(deployment.environment),
        key=texts.pop(_KEY, ""),
        payload=MappingProxyType(texts),
    )


def _payload(deployment: PyDeployment) -> Mapping[str, Any]:
    """Others may have put a text there, or nothing."""
    from github import BadAttributeException

    try:
        return deployment.payload or {}
    except BadAttributeException:
        return {}
