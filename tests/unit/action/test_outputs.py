"""Outputs: always all of them, and no value can add another or end early."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from acting import outputs_of
from tidegate.action.outputs import Outputs

NAMES = [each.name for each in fields(Outputs)]
SAID = st.text(st.characters(exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", codec="utf-8"), max_size=30)


def test_all_are_there_whatever_is_known(tmp_path: Path) -> None:
    Outputs.of({"rollout": "default-7"}, 5).write(tmp_path / "output")
    said = outputs_of((tmp_path / "output").read_text())
    assert list(said) == NAMES
    assert {name: value for name, value in said.items() if value} == {
        "rollout": "default-7",
        "decision": "hold",
        "exit": "5",
    }


def test_what_a_command_says_goes_before_what_its_exit_code_says() -> None:
    assert Outputs.of({"decision": "ask"}, 5).decision == "ask"
    assert [Outputs.of({}, code).decision for code in (0, 1, 2, 3, 4, 5, 70)] == [
        "done", "refused", "", "", "", "hold", "",
    ]  # fmt: skip


@given(st.lists(SAID, max_size=4).map("\n".join))
def test_a_value_of_several_lines_stays_one_value(value: str) -> None:
    text = value + "\nplan<<x\nforged\nx\n::set-output name=plan::forged"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "output"
        Outputs.of({"reason": text}, 1).write(file)
        said = outputs_of(file.read_text(encoding="utf-8"))
    assert (said["reason"], said["plan"]) == (text, "")
