"""yamllint with the project's own configuration."""

from __future__ import annotations

from pathlib import Path

from tidegate.checks.style import check_style
from tidegate.model.place import Finding, Location, Severity
from tidegate.tree import WorkTree

DEFAULT = "extends: default\nrules: {document-start: disable}\n"


def check(folder: Path, *, asked: bool | None = None, **files: str) -> list[Finding]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    tree = WorkTree(folder)
    return list(check_style(tree, tree, "", tree.paths(), asked=asked))


def test_complaints_stand_at_their_place(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text(DEFAULT + "  \n")
    found = check(tmp_path, a_yaml="a:  1\n", sub__b_yaml="b: 1 #x\n")
    assert found == [
        Finding("style", "too many spaces after colon (colons)", Location("a.yaml", 1, 4)),
        Finding("style", "too few spaces before comment: expected 2 (comments)", Location("sub/b.yaml", 1, 6), WARNING),
        Finding("style", "missing starting space in comment (comments)", Location("sub/b.yaml", 1, 7), WARNING),
    ]


WARNING = Severity.WARNING


def test_without_a_configuration_nobody_asks(tmp_path: Path) -> None:
    assert check(tmp_path, a_yaml="a:  1\n") == []


def test_who_says_no_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text(DEFAULT)
    assert check(tmp_path, asked=False, a_yaml="a:  1\n") == []


def test_asked_without_a_configuration_is_an_error(tmp_path: Path) -> None:
    [finding] = check(tmp_path, asked=True, a_yaml="a: 1\n")
    assert "no .yamllint" in finding.message


def test_what_others_have_said_is_not_said_again(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text(DEFAULT)
    assert check(tmp_path, a_yaml="a: [1\n", b_yaml="a: 1\na: 2\n") == []


def test_a_broken_configuration_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text("rules: {no-such-rule: enable}\n")
    [finding] = check(tmp_path, a_yaml="a: 1\n")
    assert finding.location.file == ".yamllint"
    assert "no-such-rule" in finding.message


def test_names_that_look_like_options_are_names(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text(DEFAULT)
    (tmp_path / "-d.yaml").write_text("a:  1\n")
    assert [finding.location.file for finding in check(tmp_path)] == ["-d.yaml"]


def test_a_name_of_several_lines_is_no_complaint_of_its_own_making(tmp_path: Path) -> None:
    (tmp_path / ".yamllint").write_text(DEFAULT)
    (tmp_path / "x\nb.yaml:1:1: [error] planted.yaml").write_text("a:  1\n")
    [finding] = check(tmp_path)
    assert finding.message == "yamllint cannot be asked about a file of this name"
