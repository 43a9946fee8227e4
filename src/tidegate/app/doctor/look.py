"""All points of a project: its workflows, and on GitHub the rules, environments and secrets around them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tidegate.app.doctor.branches import (
    audit_branch_point,
    default_branch_point,
    required_check_point,
    tags_point,
)
from tidegate.app.doctor.environments import environment_points
from tidegate.app.doctor.facts import Facts, gather
from tidegate.app.doctor.place import github_of
from tidegate.app.doctor.secrets import secret_points
from tidegate.app.doctor.written import workflow_points
from tidegate.app.ground.look import Sight, look
from tidegate.app.ground.stand import Ground, open_branch, stand
from tidegate.audit.trouble import NoBranch
from tidegate.errors import UsageError
from tidegate.git import masked
from tidegate.github.client import client
from tidegate.github.gates import NotVisible
from tidegate.model.gate import Diagnosis, Point, Stand
from tidegate.project.legs import WORKFLOWS, Leg, legs, required_check, workflow_file
from tidegate.world import World

_UNSIGNED = "Records are not signed yet: whoever may push to the audit branch may steer a rollout. Guard it."
_TOKEN = "GH_TOKEN=$(gh auth token) tidegate doctor"

_HIDDEN = f"Who administrates the repository sees more than a workflow's token: {_TOKEN}"


def doctor(world: World, folder: str) -> Diagnosis:
    """Refusal where the project cannot be read, UsageError without a token, GitHubError where GitHub does not answer.

    What a token may not see is a point of its own; it needs reading rights of administration, environments, secrets
    and actions to see all.
    """
    sight = look(world, folder)
    ground = stand(world, folder)
    environ = github_of(ground.remote, world.environ, world.run)
    if environ is None:
        return _elsewhere(world, ground, sight)
    facts = asyncio.run(_ask(world, environ, sight, ground.folder))
    ways, variables = _legs(sight, ground.folder), _variables(sight)
    points = [
        *workflow_points(sight, ground.folder),
        required_check_point(facts, required_check(ground.folder)),
        default_branch_point(facts),
        audit_branch_point(facts),
        tags_point(facts),
        *environment_points(facts, ways),
        *secret_points(facts, ways, variables),
        _token_point(facts),
    ]
    hidden = any(point.stand is Stand.UNSEEN for point in points)
    return Diagnosis(facts.repository, points, (_UNSIGNED, *((_HIDDEN,) if hidden else ())))


async def _ask(world: World, environ: Mapping[str, str], sight: Sight, folder: str) -> Facts:
    token = world.run.token if world.run else environ.get("GH_TOKEN") or world.environ.get("GITHUB_TOKEN") or ""
    if not token:
        raise UsageError("there is no token to ask GitHub with", hint=f"One that sees all is yours: {_TOKEN}")
    wanted = list(dict.fromkeys(leg.environment for leg in _legs(sight, folder) if leg.environment))
    async with client(environ, token, world.clock) as github:
        return await gather(github, sight.project.audit_branch, wanted)


def _legs(sight: Sight, folder: str) -> Sequence[Leg]:
    """Of all strategies. With a workflow for `tidegate approve` no environment has to have reviewers."""
    asks = f"{WORKFLOWS}/{workflow_file('approve', folder=folder)}" not in sight.tree.paths()
    found = [leg for strategy in sight.project.strategies.values() for leg in legs(strategy)]
    return found if asks else [replace(leg, gate="") for leg in found]


def _variables(sight: Sight) -> Sequence[str]:
    return sorted(secret.source for secret in sight.project.secrets.values() if secret.kind == "env")


def _token_point(facts: Facts) -> Point:
    name = "workflow token"
    if isinstance(facts.token, NotVisible):
        return Point(name, Stand.UNSEEN, facts.token.why)
    path = f"repos/{facts.repository}/actions/permissions/workflow"
    if facts.token.permissions != "read" or facts.token.approves_pulls:
        may = "approve pull requests" if facts.token.approves_pulls else "write, where a workflow does not say"
        close = f"gh api -X PUT {path} -f default_workflow_permissions=read -F can_approve_pull_request_reviews=false"
        return Point(name, Stand.GAP, f"a workflow's token may {may}", (close,))
    return Point(name, Stand.REAL, "it may read; more where a workflow says so")


def _elsewhere(world: World, ground: Ground, sight: Sight) -> Diagnosis:
    """What can be seen without a GitHub: the remote, and the record."""
    where = masked(ground.remote)
    return Diagnosis(where, [_record_point(world, ground, sight), *_unguarded(sight, where)], (_UNSIGNED,))


def _record_point(world: World, ground: Ground, sight: Sight) -> Point:
    branch = open_branch(world, ground, sight.project.audit_branch)
    try:
        asyncio.run(branch.fetch())
    except NoBranch:
        return Point("audit branch", Stand.GAP, f"there is no {branch.name}", ("tidegate audit init",))
    return Point("audit branch", Stand.REAL, f"{branch.name} is there and can be read")


def _unguarded(sight: Sight, where: str) -> Iterator[Point]:
    if any(wave.approvals.count for strategy in sight.project.strategies.values() for wave in strategy.waves):
        text = f"{where} is no GitHub that we know: who approves is git's word, and who may push is not to be seen"
        hint = "On an Enterprise Server: GITHUB_SERVER_URL=https://HOST tidegate doctor"
        yield Point("approvals", Stand.UNSEEN, text, (hint,))
