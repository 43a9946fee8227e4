"""Text of a person on its way from GitHub's form to a command line."""

from __future__ import annotations

import json
import shlex

from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test_by_way_of_json_a_text_is_one_word_whatever_it_holds(text: str) -> None:
    said = json.dumps(text, ensure_ascii=False)  # GitHub's toJSON
    words = shlex.split(f"--open --retry {said}")
    assert words[:2] == ["--open", "--retry"]
    assert len(words) == 3


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_and_comes_out_as_it_was_written(text: str) -> None:
    assert shlex.split(json.dumps(text, ensure_ascii=False)) == [text]
