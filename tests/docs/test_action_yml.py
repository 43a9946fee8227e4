"""action.yml says what the code takes and gives: names, order, descriptions, defaults, and the entries of the image."""

import re
from dataclasses import fields
from pathlib import Path

import yaml

from tidegate.action.inputs import Inputs, name
from tidegate.action.outputs import Outputs

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_the_inputs_are_those_of_the_code() -> None:
    described = [(name(each.name), each.metadata["means"], each.metadata["usual"]) for each in fields(Inputs)]
    assert [(key, said["description"], said.get("default", "")) for key, said in ACTION["inputs"].items()] == described


def test_the_outputs_are_those_of_the_code() -> None:
    described = [(each.name, each.metadata["means"]) for each in fields(Outputs)]
    assert [(key, said["description"]) for key, said in ACTION["outputs"].items()] == described


def test_only_what_the_command_cannot_do_without_is_required() -> None:
    assert [key for key, said in ACTION["inputs"].items() if said.get("required")] == ["command"]


def test_the_image_has_the_entries_that_are_named() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert ACTION["runs"]["using"] == "docker"
    assert ACTION["runs"]["image"] == "Dockerfile"
    assert ACTION["runs"]["post-entrypoint"] in dockerfile
    assert re.search(r'^ENTRYPOINT \["/[^"]+", "-I", "-m", "tidegate\.action"\]$', dockerfile, re.MULTILINE)
    assert not re.search(r"^USER", dockerfile, re.MULTILINE), "the workspace and the home are the runner's"
