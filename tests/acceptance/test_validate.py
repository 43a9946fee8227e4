"""`tidegate validate` over the projects beside: every rule fires on a bad one, and none on the good one.

tests/projects/policy-good is whole; the others hold the files in which they differ from it, and what is said.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from tidegate.cli.main import cli
from tidegate.clock import VirtualClock
from tidegate.world import World

PROJECTS = Path(__file__).parents[1] / "projects"
GOOD = PROJECTS / "policy-good"
EXPECTED = "expected.txt"
BAD = sorted(path.name for path in PROJECTS.glob("policy-*") if path != GOOD)


@dataclass
class Answer:
    code: int
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def project(folder: Path, name: str = "policy-good") -> Path:
    """A clone with the good project, and over it the files of another."""
    shutil.copytree(GOOD, folder, dirs_exist_ok=True)
    shutil.copytree(PROJECTS / name, folder, dirs_exist_ok=True)
    (folder / EXPECTED).unlink()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def validate(folder: Path, *args: str) -> Answer:
    answer = Answer(0)
    world = World(
        here=folder,
        clock=VirtualClock(),
        environ={},
        say=answer.said.append,
        tell=answer.said.append,
        state=folder / ".git" / "state",
        cache=folder / ".git" / "cache",
    )
    answer.code = CliRunner().invoke(cli, ["validate", *args], obj=world, catch_exceptions=False).exit_code
    return answer


@pytest.mark.parametrize("name", ["policy-good", *BAD])
def test_a_project_gets_the_words_beside_it(tmp_path: Path, name: str) -> None:
    answer = validate(project(tmp_path, name))
    assert answer.text + "\n" == (PROJECTS / name / EXPECTED).read_text(encoding="utf-8")
    assert answer.code == (0 if "\n0 errors" in f"\n{answer.text}" else 1)


def test_good_is_one_sentence_and_exit_code_0(tmp_path: Path) -> None:
    answer = validate(project(tmp_path))
    assert answer.text.startswith("0 errors in ")
    assert answer.code == 0


def test_a_warning_fails_where_the_project_says_so(tmp_path: Path) -> None:
    folder = project(tmp_path, "policy-no-canary")
    assert validate(folder).code == 0
    with (folder / "tidegate.yaml").open("a") as file:
        file.write("checks: {fail_on: warning}\n")
    assert validate(folder).code == 1


def test_one_fault_does_not_hide_the_others(tmp_path: Path) -> None:
    folder = project(tmp_path)
    for name in ("policy-canary-size", "policy-modes", "policy-private-keys", "policy-broken", "policy-yaml"):
        shutil.copytree(PROJECTS / name, folder, dirs_exist_ok=True)
    said = json.loads(validate(folder, "--format", "json").text)
    assert {finding["rule"] for finding in said["findings"]} == {
        "canary-size",
        "modes",
        "private-keys",
        "policy-broken",
        "duplicate-key",
        "unreadable",
    }


def test_a_project_that_cannot_be_read_still_has_its_files_checked(tmp_path: Path) -> None:
    folder = project(tmp_path, "policy-private-keys")
    (folder / "tidegate.yaml").write_text("tidegate: 1\nstrategies: [\n")
    (folder / "other.yaml").write_text("a: 1\na: 2\n")
    said = json.loads(validate(folder, "--format", "json").text)
    assert [finding["rule"] for finding in said["findings"]] == ["private-keys", "duplicate-key", "unreadable"]
    assert said["notes"] == ["No policy was asked: the project cannot be read until this is mended."]
    assert said["exit_code"] == 1


def test_json_says_what_was_looked_at(tmp_path: Path) -> None:
    said = json.loads(validate(project(tmp_path), "--format", "json").text)
    assert said["findings"] == []
    assert said["looked"] == {
        "artifacts": 5,
        "file": 3,
        "files": 5,
        "plan": 1,
        "policies": 7,
        "project": 1,
        "unseen_document": 3,
    }
    assert said["engine"].startswith("embedded regorus 0.13.")


def test_github_says_it_as_annotations_and_as_text(tmp_path: Path) -> None:
    answer = validate(project(tmp_path, "policy-modes"), "--format", "github")
    first, second = answer.text.splitlines()[:2]
    assert first.startswith(
        "::error file=components/web/component.yaml,line=5,col=43,endLine=5,endColumn=49,title=modes::"
    )
    assert second.startswith("components/web/component.yaml:5:43  error  modes  ")


@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_a_hostile_file_name_is_no_command(tmp_path: Path, form: str) -> None:
    folder = project(tmp_path)
    (folder / "a\n::error::planted\x1b[2J##[add-mask]x.yaml").write_text("a: 1\na: 2\n")
    answer = validate(folder, "--format", form)
    assert answer.code == 1
    assert "\x1b" not in answer.text
    assert not [line for line in answer.text.split("\n") if line.lstrip().startswith("::error::planted")]
    assert "##[" not in answer.text


def test_there_is_nothing_to_check_without_a_project(tmp_path: Path) -> None:
    assert validate(tmp_path).code == 2


def test_max_devices_is_for_a_rollout_and_no_fault_of_the_files(tmp_path: Path) -> None:
    folder = project(tmp_path)
    written = (folder / "tidegate.yaml").read_text()
    (folder / "tidegate.yaml").write_text(written.replace("  default:\n", "  default:\n    max_devices: 1\n"))
    assert validate(folder).code == 0


def test_a_device_that_two_components_push_out_of_every_wave_is_an_error_with_its_line(tmp_path: Path) -> None:
    """Each of them fits into the last wave; both together do not."""
    folder = project(tmp_path)
    text = (folder / "tidegate.yaml").read_text()
    (folder / "tidegate.yaml").write_text(text.replace("{name: everyone}", "{name: everyone, up_to: 2}"))
    web = (folder / "components/web/component.yaml").read_text()
    shutil.copytree(folder / "components/web", folder / "components/more")
    for name, devices in (("web", "site=ber"), ("more", "name in (ber-stg-01, muc-*)")):
        said = web.replace("select: all", f"select: {devices}").replace("/etc/web/", f"/etc/{name}/")
        (folder / f"components/{name}/component.yaml").write_text(said)
    found = json.loads(validate(folder, "--format", "json").text)["findings"]
    assert [(finding["rule"], finding["file"]) for finding in found] == [("in-no-wave", "tidegate.yaml")]
    assert found[0]["line"] == next(at for at, line in enumerate(text.split("\n"), 1) if "waves:" in line) + 1
