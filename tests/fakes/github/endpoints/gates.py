"""Rules of branches, rulesets, environments, names of secrets: with GitHub's habit to hide what a token may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from fakes.github.routes import Refusal, Request, Response, Route, not_found, paged
from fakes.github.shapes import node, number_of, user
from fakes.github.state import Environment, State

_MADE = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}


def rules(state: State, request: Request) -> Response:
    branch = request.args["branch"]
    found = [
        {
            **rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": state.repository,
            "ruleset_id": ruleset["id"],
        }
        for ruleset in state.rulesets
        if ruleset["enforcement"] == "active" and ruleset["target"] == "branch" and _meant(state, ruleset, branch)
        for rule in ruleset["rules"]
    ]
    page, links = paged(request, found)
    return Response(200, page, links)


def protection(state: State, request: Request) -> Response:
    branch = request.args["branch"]
    if not state.head(branch):
        raise Refusal(404, "Branch not found")
    if branch not in state.protection:
        raise Refusal(404, "Branch not protected")
    return Response(200, {"url": f"{request.base}{request.path}", **state.protection[branch]})


def rulesets(state: State, request: Request) -> Response:
    page, links = paged(request, [_ruleset(state, each, request, whole=False) for each in state.rulesets])
    return Response(200, page, links)


def ruleset(state: State, request: Request) -> Response:
    for each in state.rulesets:
        if each["id"] == request.number("id"):
            return Response(200, _ruleset(state, each, request, whole=True))
    raise not_found()


def environments(state: State, request: Request) -> Response:
    found = [_environment(state, each, request.base) for each in state.environments.values()]
    page, links = paged(request, found)
    return Response(200, {"total_count": len(found), "environments": page}, links)


def policies(state: State, request: Request) -> Response:
    branches = _found(state, request).branches
    if branches is None:
        raise not_found()
    shapes = [_policy(each) for each in branches]
    page, links = paged(request, shapes)
    return Response(200, {"total_count": len(shapes), "branch_policies": page}, links)


def secrets(state: State, request: Request) -> Response:
    return _secrets(request, state.secrets)


def organization_secrets(state: State, request: Request) -> Response:
    return _secrets(request, state.organization_secrets)


def environment_secrets(state: State, request: Request) -> Response:
    return _secrets(request, _found(state, request).secrets)


def token_defaults(state: State, request: Request) -> Response:
    return Response(
        200,
        {"default_workflow_permissions": state.workflow_permissions, "can_approve_pull_request_reviews": False},
    )


def _meant(state: State, ruleset: Mapping[str, Any], branch: str) -> bool:
    names = ruleset["conditions"]["ref_name"]

    def matches(pattern: str) -> bool:
        usual = pattern == "~DEFAULT_BRANCH" and branch == state.default_branch
        return usual or pattern == "~ALL" or fnmatchcase(f"refs/heads/{branch}", pattern)

    return any(map(matches, names["include"])) and not any(map(matches, names["exclude"]))


def _ruleset(state: State, ruleset: Mapping[str, Any], request: Request, *, whole: bool) -> dict[str, Any]:
    """Lists leave out rules; who may bypass is shown only to those who administrate."""
    hidden = {"bypass_actors"} if not request.token.may("administration:write") else set()
    hidden |= set() if whole else {"rules", "conditions", "bypass_actors"}
    return {
        "source_type": "Repository",
        "source": state.repository,
        "node_id": node("ruleset", ruleset["id"]),
        "current_user_can_bypass": "never",
        **_MADE,
        **{name: value for name, value in ruleset.items() if name not in hidden},
    }


def _environment(state: State, each: Environment, base: str) -> dict[str, Any]:
    url = f"{base}/repos/{state.repository}/environments/{each.name}"
    return {
        "id": number_of(each.name),
        "node_id": node("environment", each.name),
        "name": each.name,
        "url": url,
        "html_url": url,
        **_MADE,
        "can_admins_bypass": each.admins_bypass,
        "protection_rules": _rules(state, each, base),
        "deployment_branch_policy": None
        if each.branches is None and not each.protected_branches
        else {"protected_branches": each.protected_branches, "custom_branch_policies": each.branches is not None},
    }


def _rules(state: State, each: Environment, base: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if each.wait_timer:
        rules.append({"id": 1, "node_id": node(each.name, "wait"), "type": "wait_timer", "wait_timer": each.wait_timer})
    reviewers = [{"type": "User", "reviewer": user(base, login)} for login in each.reviewers]
    reviewers += [{"type": "Team", "reviewer": _team(base, slug)} for slug in each.teams]
    if reviewers:
        rules.append(
            {
                "id": 2,
                "node_id": node(each.name, "reviewers"),
                "type": "required_reviewers",
                "prevent_self_review": each.prevent_self_review,
                "reviewers": reviewers,
            }
        )
    if each.branches is not None or each.protected_branches:
        rules.append({"id": 3, "node_id": node(each.name, "branches"), "type": "branch_policy"})
    return rules


def _team(base: str, slug: str) -> dict[str, Any]:
    url = f"{base}/teams/{slug}"
    return {
        "id": number_of(slug),
        "node_id": node("team", slug),
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "type": "organization",
        "url": url,
        "html_url": url,
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
    }


def _policy(name: str) -> dict[str, Any]:
    kind = "tag" if name.startswith("tag:") else "branch"
    return {"id": number_of(name), "node_id": node("policy", name), "name": name.removeprefix("tag:"), "type": kind}


def _secrets(request: Request, names: Sequence[str]) -> Response:
    page, links = paged(request, [{"name": name, **_MADE} for name in names])
    return Response(200, {"total_count": len(names), "secrets": page}, links)


def _found(state: State, request: Request) -> Environment:
    environment = state.environments.get(request.args["environment"])
    if environment is None:
        raise not_found()
    return environment


_REPO = "/repos/{owner}/{name}"
_SECRETS = "ReposOwnerRepoActionsSecretsGetResponse200"
ROUTES = (
    Route("GET", f"{_REPO}/rules/branches/{{branch}}", rules, "metadata:read", "RepositoryRuleDetailed", many=True),
    Route("GET", f"{_REPO}/branches/{{branch}}/protection", protection, "administration:read", "BranchProtection"),
    Route("GET", f"{_REPO}/rulesets", rulesets, "metadata:read", "RepositoryRuleset", many=True),
    Route("GET", f"{_REPO}/rulesets/{{id}}", ruleset, "metadata:read", "RepositoryRuleset"),
    Route("GET", f"{_REPO}/environments", environments, "actions:read", "ReposOwnerRepoEnvironmentsGetResponse200"),
    Route(
        "GET",
        f"{_REPO}/environments/{{environment}}/deployment-branch-policies",
        policies,
        "actions:read",
        "ReposOwnerRepoEnvironmentsEnvironmentNameDeploymentBranchPoliciesGetResponse200",
    ),
    Route(
        "GET",
        f"{_REPO}/environments/{{environment}}/secrets",
        environment_secrets,
        "environments:read",
        "ReposOwnerRepoEnvironmentsEnvironmentNameSecretsGetResponse200",
    ),
    Route("GET", f"{_REPO}/actions/secrets", secrets, "secrets:read", _SECRETS),
    Route("GET", f"{_REPO}/actions/organization-secrets", organization_secrets, "secrets:read", _SECRETS),
    Route(
        "GET",
        f"{_REPO}/actions/permissions/workflow",
        token_defaults,
        "administration:read",
        "ActionsGetDefaultWorkflowPermissions",
    ),
)
