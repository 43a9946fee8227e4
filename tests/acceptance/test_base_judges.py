"""`tidegate validate --base`: what a pull request brings is judged by the rules of the branch that it is for."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tidegate.cli.main import cli
from tidegate.clock import VirtualClock
from tidegate.world import World

GOOD = Path(__file__).parents[1] / "projects" / "policy-good"
HOUSE = """package tidegate.house

deny contains {"id": "no-telnet", "msg": "telnet is off", "path": ["telnet"]} if {
	input.kind == "document"
	input.document.telnet
}
"""
SCHEMA = '{"type": "object", "properties": {"port": {"maximum": 1024}}}'
STYLE = "extends: default\nrules: {document-start: disable, colons: enable}\n"
CHECKS = "checks:\n  schemas: {'ports/*.yaml': schemas/port.json}\n"


@dataclass
class Answer:
    code: int
    said: dict[str, Any]

    @property
    def errors(self) -> list[str]:
        return sorted(one["rule"] for one in self.said["findings"] if one["severity"] == "error")

    @property
    def notices(self) -> list[str]:
        return sorted(one["message"] for one in self.said["findings"] if one["severity"] == "notice")

    @property
    def notes(self) -> str:
        return " ".join(self.said["notes"])


class Repository:
    """A clone with `main`, whose rules are those above, and a branch that a test changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(GOOD, root)
        (root / "expected.txt").unlink()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write(
            **{
                "policies/house.rego": HOUSE,
                "schemas/port.json": SCHEMA,
                "ports/web.yaml": "port: 80\n",
                ".yamllint": STYLE,
            }
        )
        with (root / "tidegate.yaml").open("a") as file:
            file.write(CHECKS)
        self.commit()
        self.git("switch", "--quiet", "--create", "change")

    def git(self, *args: str) -> None:
        who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", *who, *args], cwd=self.root, check=True, capture_output=True)

    def write(self, **files: str | None) -> None:
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def settings(self, checks: str) -> None:
        path = self.root / "tidegate.yaml"
        path.write_text(path.read_text().replace(CHECKS, checks))

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")

    def validate(self, *args: str) -> Answer:
        said: list[str] = []
        world = World(
            here=self.root,
            clock=VirtualClock(),
            environ={},
            say=said.append,
            tell=said.append,
            state=self.root / ".git" / "state",
            cache=self.root / ".git" / "cache",
        )
        done = CliRunner().invoke(cli, ["validate", "--format", "json", *args], obj=world, catch_exceptions=False)
        return Answer(done.exit_code, json.loads(said[0]) if said else {"words": done.output})

    def pull(self) -> Answer:
        """What is said of the branch's commit as a pull request to main."""
        self.commit()
        return self.validate("--base", "main", "--head", "change")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "clone")


def test_a_good_change_is_green_and_says_who_judged(repository: Repository) -> None:
    repository.write(**{"ports/mail.yaml": "port: 25\n"})
    answer = repository.pull()
    assert (answer.code, answer.said["findings"]) == (0, [])
    assert "Judged by the rules of main (" in answer.notes


def test_a_change_that_deletes_the_policies_stays_red(repository: Repository) -> None:
    repository.write(**{"policies/house.rego": None, "motd.yaml": "telnet: true\n"})
    answer = repository.pull()
    assert (answer.code, answer.errors) == (1, ["no-telnet"])
    assert "Judged by the rules of main (" in answer.notes
    assert answer.notices == ["the changed rules would no longer find here: telnet is off (error)"]
    assert repository.validate().code == 0  # its own judge would have let it through


def test_of_a_change_that_cannot_be_read_nobody_says_that_it_changes_rules(repository: Repository) -> None:
    repository.write(**{"ports/web.yaml": "port: 8080\n"})
    repository.settings(f"{CHECKS}colour: red\n")
    answer = repository.pull()
    assert (answer.code, answer.errors, answer.notices) == (1, ["schema", "unknown-key"], [])


@pytest.mark.parametrize("policies", ["[]", "[tidegate:baseline]", "[tidegate:baseline/files]"])
def test_a_change_that_asks_for_fewer_policies_stays_red(repository: Repository, policies: str) -> None:
    repository.write(**{"motd.yaml": "telnet: true\n"})
    repository.settings(f"{CHECKS}  policies: {policies}\n")
    answer = repository.pull()
    assert answer.code == 1
    assert "no-telnet" in answer.errors


def test_no_policies_at_all_is_an_error_of_the_change_too(repository: Repository) -> None:
    repository.settings(f"{CHECKS}  policies: []\n")
    answer = repository.pull()
    assert (answer.code, answer.errors) == (1, ["no-policies"])


def test_a_change_that_loosens_the_style_stays_red(repository: Repository) -> None:
    repository.write(**{".yamllint": STYLE.replace("enable", "disable"), "motd.yaml": "a:  1\n"})
    answer = repository.pull()
    assert (answer.code, answer.errors) == (1, ["style"])
    assert answer.notices == [
        "the changed rules would no longer find here: too many spaces after colon (colons) (error)"
    ]


def test_a_style_that_extends_a_file_extends_that_of_the_base(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.write(**{".yamllint": "extends: ./style.yaml\n", "style.yaml": STYLE})
    repository.commit()
    repository.git("switch", "--quiet", "--create", "next")
    repository.write(**{"style.yaml": STYLE.replace("enable", "disable"), "motd.yaml": "a:  1\n"})
    repository.commit()
    answer = repository.validate("--base", "main", "--head", "next")
    assert answer.errors == ["style"]


@pytest.mark.parametrize("schemas", ["{}", "{'doors/*.yaml': schemas/port.json}"])
def test_a_change_that_loosens_the_schema_glob_stays_red(repository: Repository, schemas: str) -> None:
    repository.write(**{"ports/web.yaml": "port: 8080\n"})
    repository.settings(CHECKS.replace("{'ports/*.yaml': schemas/port.json}", schemas))
    answer = repository.pull()
    assert answer.code == 1
    assert "schema" in answer.errors


def test_a_change_that_loosens_the_schema_itself_stays_red(repository: Repository) -> None:
    repository.write(**{"ports/web.yaml": "port: 8080\n", "schemas/port.json": "{}"})
    assert repository.pull().errors == ["schema"]


def test_a_schema_is_also_what_it_refers_to(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.write(**{"schemas/port.json": '{"$ref": "range.json"}', "schemas/range.json": SCHEMA})
    repository.commit()
    repository.git("switch", "--quiet", "--create", "next")
    repository.write(**{"schemas/range.json": "{}", "ports/web.yaml": "port: 8080\n"})
    repository.commit()
    answer = repository.validate("--base", "main", "--head", "next")
    assert answer.errors == ["schema"]
    assert [words.split(":")[0] for words in answer.notices] == ["the changed rules would no longer find here"]


def test_files_that_a_change_takes_out_of_the_checks_are_checked(repository: Repository) -> None:
    repository.write(**{"motd.yaml": "telnet: true\n"})
    repository.settings(f"{CHECKS}  ignore: [motd.yaml]\n")
    assert repository.pull().errors == ["no-telnet"]


def test_a_stricter_policy_is_shown_and_decides_nothing_yet(repository: Repository) -> None:
    repository.write(**{"policies/ports.rego": HOUSE.replace("house", "ports").replace("telnet", "port")})
    answer = repository.pull()
    assert (answer.code, answer.errors) == (0, [])
    assert answer.notices == ["the changed rules would newly find here: port is off (error)"]


def test_a_policy_that_would_be_broken_is_an_error_now(repository: Repository) -> None:
    repository.write(**{"policies/house.rego": "package tidegate.house\ndeny contains {\n"})
    assert repository.pull().errors == ["policy-broken"]


def test_a_change_that_mends_a_broken_policy_can_pass(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.write(**{"policies/house.rego": "package tidegate.house\ndeny contains {\n"})
    repository.commit()
    repository.git("switch", "--quiet", "--create", "mend")
    repository.write(**{"policies/house.rego": HOUSE})
    repository.commit()
    answer = repository.validate("--base", "main", "--head", "mend")
    assert (answer.code, answer.errors) == (0, [])
    assert "this change mends them" in answer.notes
    repository.write(**{"motd.yaml": "telnet: true\n"})
    repository.commit()
    assert repository.validate("--base", "main", "--head", "mend").errors == ["no-telnet"]


def test_the_first_project_is_judged_by_its_own_rules_and_the_shipped_ones(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--orphan", "empty")
    repository.write(README="nothing yet\n")
    repository.commit()
    repository.git("switch", "--quiet", "change")
    repository.settings(f"{CHECKS}  policies: [policies]\n")
    repository.write(**{"motd.yaml": "telnet: true\n"})
    repository.commit()
    answer = repository.validate("--base", "empty", "--head", "change")
    assert answer.errors == ["no-telnet"]
    assert "there is no tidegate.yaml at empty (" in answer.notes
    assert answer.said["looked"]["policies"] == 1


def test_a_project_that_moves_says_whose_rules_it_leaves_behind(repository: Repository) -> None:
    (repository.root / "moved").mkdir()
    for name in ("tidegate.yaml", "fleet", "components", "policies", "schemas", "ports"):
        repository.git("mv", name, f"moved/{name}")
    repository.commit()
    answer = repository.validate("--base", "main", "--head", "change", "--project", "moved")
    assert "The rules of tidegate.yaml, which this change takes away, judge nothing here." in answer.notes


def test_a_base_whose_settings_cannot_be_read_judges_as_if_it_said_none(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.settings("checks: [\n")
    repository.commit()
    repository.git("switch", "--quiet", "change")
    repository.write(**{"policies/house.rego": None, "motd.yaml": "telnet: true\n"})
    answer = repository.pull()
    assert answer.errors == ["no-telnet"]
    assert "which cannot be read there" in answer.notes


def test_strategies_and_fleet_are_those_of_the_head(repository: Repository) -> None:
    text = (repository.root / "tidegate.yaml").read_text()
    repository.write(**{"tidegate.yaml": text.replace("up_to: 10%", "up_to: 60%")})
    assert text != (repository.root / "tidegate.yaml").read_text()
    assert repository.pull().errors == ["canary-size"]


def test_without_a_head_the_folder_is_judged_as_it_lies_there(repository: Repository) -> None:
    repository.write(**{"policies/house.rego": None, "motd.yaml": "telnet: true\n"})
    assert repository.validate("--base", "main").errors == ["no-telnet"]
    assert repository.validate("--base", "main~0", "--head", "HEAD").code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--base", "nowhere"], "there is no commit `nowhere`"),
        (["--base=--upload-pack=x"], "there is no commit"),
        (["--base", "main", "--head", "a\nb"], "there is no commit"),
        (["--head", "main"], "--head is for --base"),
    ],
)
def test_what_names_no_commit_is_said(repository: Repository, args: list[str], words: str) -> None:
    answer = repository.validate(*args)
    assert answer.code == 2
    assert words in answer.said["words"]
