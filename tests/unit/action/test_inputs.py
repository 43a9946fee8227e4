"""Inputs become arguments of the command line, each where its command takes it, and none can become another."""

from __future__ import annotations

import pytest

from tidegate.action.inputs import Inputs, words
from tidegate.cli.main import cli
from tidegate.errors import UsageError

GIVEN = {"INPUT_GITHUB-TOKEN": "a-token"}


def said(command: str, **inputs: str) -> list[str]:
    named = {f"INPUT_{name.replace('_', '-').upper()}": value for name, value in inputs.items()}
    return words(Inputs.read({**GIVEN, "INPUT_COMMAND": command, **named}), cli)


@pytest.mark.parametrize(
    ("given", "wants"),
    [
        ({"command": "validate"}, "validate --project=."),
        ({"command": " audit  init ", "project": "shop"}, "audit init --project=shop"),
        ({"command": "deploy", "strategy": "patches"}, "deploy --project=. --strategy=patches"),
        (
            {"command": "deploy", "environment": "canary", "rollout": "default-7"},
            "deploy --project=. --environment=canary --rollout=default-7",
        ),
        ({"command": "resume", "rollout": "default-7"}, "resume --project=. -- default-7"),
        ({"command": "audit show", "rollout": "default-7"}, "audit show --project=. -- default-7"),
        ({"command": "schema"}, "schema"),
        ({"command": "schema", "arguments": "fleet"}, "schema fleet"),
    ],
)
def test_each_where_it_belongs(given: dict[str, str], wants: str) -> None:
    assert said(**given) == wants.split()


def test_arguments_are_split_as_a_shell_would_and_none_runs() -> None:
    assert said("deploy", arguments='--retry "a $(reason); `x`" --open') == [
        "deploy", "--project=.", "--retry", "a $(reason); `x`", "--open",
    ]  # fmt: skip


def test_an_input_cannot_become_an_option() -> None:
    assert said("deploy", strategy="--dry-run")[-1] == "--strategy=--dry-run"
    assert said("resume", rollout="--now")[-2:] == ["--", "--now"]


@pytest.mark.parametrize("given", [{"command": "status", "rollout": "x"}, {"command": "schema", "project": "shop"}])
def test_what_the_command_does_not_take_is_said(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="takes no"):
        said(**given)


def test_tokens_are_not_shown() -> None:
    assert "a-token" not in repr(Inputs.read({**GIVEN, "INPUT_COMMAND": "validate"}))
