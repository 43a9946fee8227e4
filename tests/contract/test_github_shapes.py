"""Every endpoint of the fake GitHub, walked: what it answers, and what we ask, is as GitHub describes it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from fakes.github import FakeGitHub
from fakes.github.endpoints import ROUTES
from fakes.github.fake import TOKEN
from openapi import differences, visited
from tidegate.clock import SystemClock
from tidegate.github.check_runs import Annotation, Check, Conclusion, Level
from tidegate.github.client import Client, client

HEAD, MERGE = "1" * 40, "2" * 40
ADMIN = "ghp_AnAdministrator"


def a_furnished(tmp_path: Path) -> FakeGitHub:
    github = FakeGitHub(tmp_path)
    github.token(
        ADMIN,
        **dict.fromkeys(("actions", "checks", "contents", "administration"), "write"),
        **dict.fromkeys(("pull_requests", "secrets", "environments"), "read"),
    )
    github.branch("main", MERGE)
    github.workflow("tidegate-deploy.yml")
    github.run(7, MERGE)
    github.job(7, "plan")
    github.job(7, "canary", "in_progress")
    github.approve(7, "canary-approval", by="grace")
    github.environment("canary", branches=["main", "tag:v*"], reviewers=["grace"], teams=["sre"], wait_timer=5)
    github.environment("open", protected_branches=True)
    github.secret("SSH_KEY", "canary")
    github.secret("EVERYWHERE")
    github.person("grace")
    github.pull(12, HEAD)
    github.review(12, "grace")
    github.merge(12, MERGE)
    github.require("validate")
    github.ruleset("audit", ["refs/heads/tidegate-audit"], [{"type": "deletion"}, {"type": "non_fast_forward"}])
    github.protect("main", "validate")
    return github


async def walk(one: Client) -> None:
    annotations = tuple(Annotation("a.yaml", line, line, Level.FAILURE, "no", "rule", 2, 3) for line in range(1, 52))
    check = Check("tidegate / rollout", "key", "Title", "Summary", Conclusion.FAILURE, "Text", annotations)
    await one.repository.get()
    await one.repository.branch("main")
    await one.checks.create(HEAD, check)
    await one.checks.find(HEAD, check.name, check.key)
    await one.runs.get(7)
    await one.runs.approvals(7)
    await one.runs.jobs(7)
    await one.runs.dispatch("tidegate-deploy.yml", "main", {"rollout": "default-1"})
    await one.pulls.of(MERGE)
    await one.pulls.get(12)
    await one.pulls.authors(12)
    await one.pulls.author(MERGE)
    await one.pulls.reviews(12)
    await one.gates.rules("main")
    await one.gates.protection("main")
    await one.gates.rulesets()
    await one.gates.environments()
    await one.gates.secrets()
    await one.gates.organization_secrets()
    await one.gates.environment_secrets("canary")
    await one.gates.token_defaults()


async def walk_what_only_people_ask(github: FakeGitHub) -> None:
    check = github.state.checks[0].id
    repository = f"{github.url}/repos/{github.state.repository}"
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as plain:
        for path in (
            f"check-runs/{check}",
            f"check-runs/{check}/annotations",
        ):
            assert (await plain.get(f"{repository}/{path}")).status_code == 200


def test_every_endpoint_is_as_github_describes_it(tmp_path: Path) -> None:
    async def walked(github: FakeGitHub) -> None:
        async with client(github.environ, ADMIN, SystemClock()) as one:
            await walk(one)
        await walk_what_only_people_ask(github)

    with a_furnished(tmp_path) as github:
        asyncio.run(walked(github))
        assert differences(github.log) == []
        assert visited(github.log) == {route.name for route in ROUTES}


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    with a_furnished(tmp_path) as github:
        asyncio.run(_one_check(github))
        (exchange,) = github.asked("POST", "check-runs")
        del exchange.answered["output"]
        exchange.sent["colour"] = "red"
        assert [said.partition(": ")[2] for said in differences([exchange])] == [
            "colour: GitHub knows no such key",
            "output: Field required",
        ]


async def _one_check(github: FakeGitHub) -> None:
    async with client(github.environ, TOKEN, SystemClock()) as one:
        await one.checks.create(HEAD, Check("tidegate", "key", "Title", "Summary"))
