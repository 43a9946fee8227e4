"""What is asked about gates: what the token may not see is neither yes nor no."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN
from openapi import differences
from tidegate.clock import VirtualClock
from tidegate.github.client import Client, client
from tidegate.github.gates import NotVisible, Protection

HEAD = "1" * 40
ADMIN = "ghp_AnAdministrator"
Answer = TypeVar("Answer")


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path) as fake:
        fake.branch("main", HEAD)
        fake.token(ADMIN, administration="write", secrets="read", environments="read", actions="read")
        yield fake
        assert differences(fake.log) == []


def ask(github: FakeGitHub, use: Callable[[Client], Awaitable[Answer]], token: str = TOKEN) -> Answer:
    async def asked() -> Answer:
        async with client(github.environ, token, VirtualClock(github.state.now())) as one:
            return await use(one)

    return asyncio.run(asked())


def test_rules_of_a_branch_are_seen_by_everybody(github: FakeGitHub) -> None:
    assert ask(github, lambda one: one.gates.rules("main")) == ()
    github.require("validate")
    kinds = {rule.kind: rule.parameters for rule in ask(github, lambda one: one.gates.rules("main"))}
    assert kinds["required_status_checks"]["required_status_checks"] == [{"context": "validate"}]
    assert ask(github, lambda one: one.gates.rules("feature/x")) == ()


def test_who_may_bypass_is_seen_only_by_who_may_change_it(github: FakeGitHub) -> None:
    bypass = [{"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"}]
    github.ruleset("main", ["~DEFAULT_BRANCH"], [{"type": "deletion"}], bypass=bypass)
    (hidden,) = ask(github, lambda one: one.gates.rulesets())
    assert isinstance(hidden.bypass, NotVisible)
    assert hidden.include == ("~DEFAULT_BRANCH",)
    (seen,) = ask(github, lambda one: one.gates.rulesets(), ADMIN)
    assert not isinstance(seen.bypass, NotVisible)
    assert [(actor.kind, actor.mode) for actor in seen.bypass] == [("RepositoryRole", "always")]


def test_protection_of_a_branch_is_none_something_or_not_visible(github: FakeGitHub) -> None:
    assert isinstance(ask(github, lambda one: one.gates.protection("main")), NotVisible)
    assert ask(github, lambda one: one.gates.protection("main"), ADMIN) is None
    github.protect("main", "validate")
    assert ask(github, lambda one: one.gates.protection("main"), ADMIN) == Protection(
        checks=("validate",), strict=False, reviews=0, admins_too=True, force_pushes=False, deletions=False
    )


def test_environments_with_their_reviewers_and_branches(github: FakeGitHub) -> None:
    github.environment("canary-approval", reviewers=["grace"], teams=["sre"], prevent_self_review=True, wait_timer=5)
    github.environment("canary", branches=["main", "tag:v*"], admins_bypass=False)
    gate, leg = ask(github, lambda one: one.gates.environments())
    assert (gate.reviewers, gate.no_self_review, gate.wait) == (("grace", "@acme/sre"), True, 5)
    assert (gate.any_branch, gate.admins_bypass) == (True, True)
    assert (leg.branches, leg.any_branch, leg.admins_bypass) == (("main", "tag:v*"), False, False)
    assert leg.reviewers == ()


def test_names_of_secrets_are_not_visible_to_a_workflow(github: FakeGitHub) -> None:
    github.environment("canary")
    github.secret("SSH_KEY", "canary")
    github.secret("EVERYWHERE")
    assert isinstance(ask(github, lambda one: one.gates.secrets()), NotVisible)
    assert isinstance(ask(github, lambda one: one.gates.environment_secrets("canary")), NotVisible)
    assert ask(github, lambda one: one.gates.secrets(), ADMIN) == ("EVERYWHERE",)
    assert ask(github, lambda one: one.gates.environment_secrets("canary"), ADMIN) == ("SSH_KEY",)
    assert isinstance(ask(github, lambda one: one.gates.token_defaults()), NotVisible)
