"""The step's summary stays within what GitHub takes: above it nothing at all would be shown."""

from __future__ import annotations

from pathlib import Path

from tidegate.action.summary import LIMIT, append


def test_parts_follow_each_other(tmp_path: Path) -> None:
    append(tmp_path / "summary", "one")
    append(tmp_path / "summary", "two")
    assert (tmp_path / "summary").read_text() == "one\n\ntwo\n\n"


def test_what_is_too_long_is_cut_at_a_line_and_says_so(tmp_path: Path) -> None:
    line = "| ü | a row |\n"
    append(tmp_path / "summary", "before")
    append(tmp_path / "summary", line * (LIMIT // len(line.encode()) + 100))
    said = (tmp_path / "summary").read_bytes()
    assert LIMIT - 500 < len(said) <= LIMIT
    rows, _, rest = said.decode().partition("\n\nThe rest does not fit here")
    assert rows.splitlines()[-1] == line.strip(), "no row is cut"
    assert "tidegate audit show" in rest
    append(tmp_path / "summary", "one more")
    assert (tmp_path / "summary").read_bytes() == said
