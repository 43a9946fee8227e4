"""`tidegate doctor`: every gap is found, named, and comes with what closes it; what cannot be seen is never good."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN
from newcomer import Newcomer, newcomer_in
from openapi import differences, faults
from team import Said

COMMIT = "1" * 40
CHECK = {"context": "validate / validate", "integration_id": 15368}
ALL = "ghp_SeesAll"
LEGS = ("staging", "canary", "production")
GATES = ("canary-approval", "production-approval")
_ENVIRONMENT = "ReposOwnerRepoEnvironmentsEnvironmentNamePutBody"
Change = Callable[[FakeGitHub], object]


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    """A repository in which all gates are real."""
    with FakeGitHub(tmp_path / "github") as fake:
        fake.token(ALL, "grace", "user", **_everything())
        for branch in ("main", "tidegate-audit"):
            fake.branch(branch, COMMIT)
        fake.require("validate / validate")
        _required(fake)["required_status_checks"] = [dict(CHECK)]
        fake.ruleset("record", ["refs/heads/tidegate-audit"], [{"type": "deletion"}, {"type": "non_fast_forward"}])
        fake.ruleset("tags", ["~ALL"], [{"type": "deletion"}, {"type": "update"}], target="tag")
        for name in LEGS:
            fake.environment(name, branches=["main"], secrets=["SSH_KEY"])
        for name in GATES:
            fake.environment(
                name, branches=["main"], reviewers=["grace"], prevent_self_review=True, admins_bypass=False
            )
        yield fake
        assert differences(fake.log) == []


def _everything() -> dict[str, str]:
    names = ("actions", "contents", "secrets", "environments")
    return {"administration": "write", **dict.fromkeys(names, "read")}


def _required(github: FakeGitHub) -> dict[str, Any]:
    rules = github.state.rulesets[0]["rules"]
    found: dict[str, Any] = next(rule["parameters"] for rule in rules if rule["type"] == "required_status_checks")
    return found


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a secret, as init writes it: made once, for it takes longer than what is looked at here."""
    somebody = newcomer_in(tmp_path_factory.mktemp("begun"), "https://github.com/acme/fleet.git")
    assert somebody.tidegate("init", "--driver", "local", "--ref", "a" * 40).code == 0
    somebody.change("tidegate.yaml", "strategies:\n", "secrets:\n  ssh-key: {env: SSH_KEY}\n\nstrategies:\n")
    assert somebody.tidegate("init", "--update").code == 0
    return somebody.clone


@pytest.fixture
def newcomer(github: FakeGitHub, begun: Path, tmp_path: Path) -> Newcomer:
    """That project, on the fake."""
    somebody = Newcomer(tmp_path, {**github.environ, "GH_TOKEN": ALL})
    shutil.copytree(begun, somebody.clone)
    somebody.git("remote", "set-url", "origin", f"{github.url}/acme/fleet.git")
    return somebody


def points(said: Said) -> Mapping[str, Any]:
    """By name."""
    return {point["name"]: point for point in said.json["points"]}


def test_all_is_real(newcomer: Newcomer) -> None:
    said = newcomer.tidegate("doctor")
    assert said.first == "All 13 gates of acme/fleet are real.", said.whole
    assert said.code == 0
    assert "Records are not signed yet" in said.out


def remove_rule(kind: str) -> Change:
    def change(github: FakeGitHub) -> None:
        for ruleset in github.state.rulesets:
            ruleset["rules"] = [rule for rule in ruleset["rules"] if rule["type"] != kind]

    return change


def of_environment(name: str, **changes: Any) -> Change:
    def change(github: FakeGitHub) -> None:
        for key, value in changes.items():
            setattr(github.state.environments[name], key, value)

    return change


def bypass(github: FakeGitHub) -> None:
    github.state.rulesets[0]["bypass_actors"] = [
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    ]


def anybody_reports(github: FakeGitHub) -> None:
    del _required(github)["required_status_checks"][0]["integration_id"]


GAPS: list[tuple[str, Change, str, str, str]] = [
    (
        "no check",
        remove_rule("required_status_checks"),
        "required check",
        "no rule of main demands",
        "rulesets --input",
    ),
    ("any app", anybody_reports, "required check", "anybody who may write may report it", '"integration_id": 15368'),
    ("bypass", bypass, "required check", "lets itself be bypassed by RepositoryRole 5", "empty the bypass list"),
    ("no review", remove_rule("pull_request"), "default branch", "without anybody's review", "pull_request"),
    ("force push", remove_rule("non_fast_forward"), "audit branch", "can be rewritten", "refs/heads/tidegate-audit"),
    ("no audit", lambda github: github.state.heads.pop("tidegate-audit"), "audit branch", "no branch", "audit init"),
    ("tags", remove_rule("update"), "tags", "can be moved", '"target": "tag"'),
    (
        "no environment",
        lambda github: github.state.environments.pop("canary-approval"),
        "environment canary-approval",
        "it is not there",
        "gh api -X PUT repos/acme/fleet/environments/canary-approval --input -",
    ),
    (
        "leg missing",
        lambda github: github.state.environments.pop("staging"),
        "environment staging",
        "not there",
        "-X PUT",
    ),
    (
        "nobody",
        of_environment("canary-approval", reviewers=[]),
        "environment canary-approval",
        "nobody has",
        "Required",
    ),
    (
        "self review",
        of_environment("canary-approval", prevent_self_review=False),
        "environment canary-approval",
        "who started the run may approve it",
        "Prevent self-review",
    ),
    (
        "admins",
        of_environment("canary-approval", admins_bypass=True),
        "environment canary-approval",
        "admins may bypass it",
        "untick Allow administrators",
    ),
    ("any branch", of_environment("canary", branches=None), "environment canary", "any branch may use it", "Selected"),
    (
        "protected",
        of_environment("canary", branches=None, protected_branches=True),
        "environment canary",
        "any protected branch may use it",
        "Selected",
    ),
    ("others", of_environment("canary", branches=["main", "x*"]), "environment canary", "it is for `x*`", "policies"),
    ("none", of_environment("canary", branches=[]), "environment canary", "no branch at all", "policies"),
    (
        "asks",
        of_environment("canary", reviewers=["eve"]),
        "environment canary",
        "before a rollback",
        "take the reviewers",
    ),
    ("wide", lambda github: github.secret("SSH_KEY"), "secret SSH_KEY", "a secret of the repository", "secret delete"),
    (
        "wider",
        lambda github: github.state.organization_secrets.append("SSH_KEY"),
        "secret SSH_KEY",
        "a secret of the organization",
        "gh secret delete SSH_KEY --org acme",
    ),
    (
        "missing",
        of_environment("canary", secrets=[]),
        "secret SSH_KEY",
        "not in the environments that need it: canary",
        "gh secret set SSH_KEY --env canary",
    ),
    (
        "token",
        lambda github: setattr(github.state, "workflow_permissions", "write"),
        "workflow token",
        "may write",
        "default_workflow_permissions=read",
    ),
]


@pytest.mark.parametrize(
    ("change", "name", "text", "close"), [case[1:] for case in GAPS], ids=[case[0] for case in GAPS]
)
def test_a_gap_is_named_and_comes_with_what_closes_it(
    newcomer: Newcomer, github: FakeGitHub, change: Change, name: str, text: str, close: str
) -> None:
    change(github)
    said = newcomer.tidegate("doctor", "--format", "json")
    assert said.code == 1
    point = points(said)[name]
    assert point["stand"] == "gap", point
    assert text in point["text"]
    assert close in "\n".join(point["close"])


def test_gaps_come_first_and_what_is_real_last(newcomer: Newcomer, github: FakeGitHub) -> None:
    newcomer.environ["GH_TOKEN"] = TOKEN
    github.state.environments["staging"].secrets.clear()
    github.secret("SSH_KEY")
    of_environment("canary", branches=None)(github)
    said = newcomer.tidegate("doctor").out.splitlines()
    assert said[0] == "1 gap, 5 not visible, 7 real: acme/fleet"
    assert [line[0] for line in said[2:] if line.startswith(("✗", "?", "✓"))] == ["✗"] + ["?"] * 5 + ["✓"] * 7
    assert said[-2:] == [
        "Who administrates the repository sees more than a workflow's token:",
        "GH_TOKEN=$(gh auth token) tidegate doctor",
    ]


def test_what_a_workflows_token_may_not_see_is_never_good(newcomer: Newcomer) -> None:
    newcomer.environ["GH_TOKEN"] = TOKEN
    said = newcomer.tidegate("doctor", "--format", "json")
    assert said.code == 1
    stands = {name: point["stand"] for name, point in points(said).items()}
    assert {name for name, stand in stands.items() if stand == "not visible"} == {
        "required check",
        "default branch",
        "audit branch",
        "secret SSH_KEY",
        "workflow token",
    }
    assert "gap" not in stands.values()
    assert "who may bypass ruleset `default branch`" in points(said)["required check"]["text"]
    assert newcomer.tidegate("doctor").first == "5 not visible, 8 real: acme/fleet"


def test_a_token_that_may_do_nothing_sees_nothing(newcomer: Newcomer, github: FakeGitHub) -> None:
    github.token("ghp_poor", "eve", "user", contents="read")
    newcomer.environ["GH_TOKEN"] = "ghp_poor"
    stands = {name: point["stand"] for name, point in points(newcomer.tidegate("doctor", "--format", "json")).items()}
    assert {name for name, stand in stands.items() if stand == "real"} <= {"workflows", "pinned actions", "tags"}
    assert "gap" not in stands.values()


@pytest.mark.parametrize(("admins_too", "stand"), [(True, "real"), (False, "gap")])
def test_the_older_protection_counts_where_it_binds_admins(
    newcomer: Newcomer, github: FakeGitHub, admins_too: bool, stand: str
) -> None:
    remove_rule("required_status_checks")(github)
    github.protect("main", "validate / validate", admins_too=admins_too)
    point = points(newcomer.tidegate("doctor", "--format", "json"))["required check"]
    assert point["stand"] == stand
    assert bool(point["close"]) == (not admins_too)


def test_a_protection_that_cannot_be_seen_may_hold_what_is_missed(newcomer: Newcomer, github: FakeGitHub) -> None:
    remove_rule("required_status_checks")(github)
    newcomer.environ["GH_TOKEN"] = TOKEN
    point = points(newcomer.tidegate("doctor", "--format", "json"))["required check"]
    assert point["stand"] == "not visible"
    assert "no rule of main demands" in point["text"]


def test_workflows_are_looked_at_too(newcomer: Newcomer) -> None:
    newcomer.tidegate("init", "--update", "--ref", "v0.1.0")
    newcomer.change("tidegate.yaml", "environment: production", "environment: live")
    said = points(newcomer.tidegate("doctor", "--format", "json"))
    assert said["workflows"]["stand"] == "gap"
    assert "tidegate/tidegate@v0.1.0" in said["pinned actions"]["text"]
    (newcomer.clone / ".github/workflows/tidegate-wake.yml").unlink()
    assert (
        "not there: tidegate-wake.yml" in points(newcomer.tidegate("doctor", "--format", "json"))["workflows"]["text"]
    )


def test_without_reviewers_no_environment_has_to_have_some(newcomer: Newcomer, github: FakeGitHub) -> None:
    for name in GATES:
        del github.state.environments[name]
    assert newcomer.tidegate("doctor").code == 1
    newcomer.tidegate("init", "--update", "--no-reviewers")
    assert newcomer.tidegate("doctor").code == 0


def test_a_leg_without_an_environment_can_only_have_secrets_of_the_repository(newcomer: Newcomer) -> None:
    newcomer.change("tidegate.yaml", ", environment: staging", "")
    point = points(newcomer.tidegate("doctor", "--format", "json"))["secret SSH_KEY"]
    assert point["stand"] == "gap"
    assert "leg `staging` has no environment" in point["text"]


def test_commands_are_whole_for_a_shell_and_say_what_github_takes(newcomer: Newcomer, github: FakeGitHub) -> None:
    github.state.rulesets.clear()
    github.state.environments.clear()
    said = newcomer.tidegate("doctor", "--format", "json")
    commands = [line for point in said.json["points"] for line in point["close"] if line.startswith(("echo", "gh"))]
    sent = []
    for command in commands:
        words = shlex.split(command)
        if words[0] == "echo":
            kind = "ReposOwnerRepoRulesetsPostBody" if words[-3].endswith("/rulesets") else _ENVIRONMENT
            sent.append(kind)
            assert faults(kind, json.loads(words[1].replace("$REVIEWER", "7"))) == []
    assert sent == ["ReposOwnerRepoRulesetsPostBody"] * 4 + [_ENVIRONMENT] * 5
    assert "gh api repos/acme/fleet/environments/canary/deployment-branch-policies -f name=main" in commands


def test_without_a_token_it_says_how_to_give_one(newcomer: Newcomer) -> None:
    newcomer.environ["GH_TOKEN"] = ""
    said = newcomer.tidegate("doctor")
    assert said.code == 2
    assert "GH_TOKEN=$(gh auth token) tidegate doctor" in said.err


def test_without_a_github_it_looks_at_what_there_is(tmp_path: Path) -> None:
    somebody = newcomer_in(tmp_path)
    somebody.tidegate("init", "--driver", "local", "--no-workflows")
    somebody.git("add", ".")
    somebody.git("commit", "--quiet", "-m", "x")
    somebody.git("push", "--quiet", "origin", "HEAD")
    said = somebody.tidegate("doctor")
    assert said.code == 1
    assert "there is no origin/tidegate-audit" in said.out
    assert somebody.tidegate("audit", "init").code == 0
    assert somebody.tidegate("doctor").code == 0


def test_approvals_without_a_github_are_not_visible(tmp_path: Path) -> None:
    somebody = newcomer_in(tmp_path)
    somebody.tidegate("init", "--driver", "local")
    somebody.git("add", ".")
    somebody.git("commit", "--quiet", "-m", "x")
    somebody.git("push", "--quiet", "origin", "HEAD")
    somebody.tidegate("audit", "init")
    said = somebody.tidegate("doctor")
    assert said.code == 1
    assert "? approvals: not visible" in said.out
