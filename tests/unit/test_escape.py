"""Whatever others wrote: one line stays one line, and neither a terminal nor a runner takes it for a command."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegate import escape

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list("\n\r\t\x1b\x85\u2028\u202e\u200b\x00\x9b##[[]]::::%\\ ,;=`*_<>&@|x1")),
        st.characters(),
    ),
    max_size=60,
)


def commands(log: str) -> list[str]:
    """The commands that a runner finds in a log, by its two parsers (ActionCommand.cs, TryParseV2 and TryParse)."""
    found = []
    for line in re.split(r"\r\n|\n|\r|\x85|\u2028|\u2029", log):
        words = line.lstrip()
        if words.startswith("::") and "::" in words[2:]:
            found.append(words)
        elif "##[" in line and "]" in line[line.index("##[") :]:
            found.append(line)
    return found


@given(HOSTILE, HOSTILE)
@example("50%", "::set-output name=x::y")
@example("x", "##[error]y")
@example("", " \u2028::error::x")
def test_a_line_is_one_printable_line_without_commands(before: str, after: str) -> None:
    shown = escape.line(f"{before}\n{after}")
    assert shown.isprintable()
    assert commands(shown) == []


@given(HOSTILE, st.integers(2, 40))
@example("x" * 50, 40)
@example("a" + " " * 60 + "b", 40)
def test_a_line_is_no_longer_than_asked_and_stays_as_it_is(text: str, limit: int) -> None:
    once = escape.line(text, limit)
    assert len(once) <= limit
    assert escape.line(once, limit) == once


@given(st.text(st.sampled_from("abcdefghij klmn.-/(){}'\"äß€漢"), max_size=80))
def test_plain_words_come_out_as_they_went_in(text: str) -> None:
    assert escape.line(text) == text.rstrip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("50%\n::set-output name=x::y", r"50%\n::set-output name=x::y"),
        ("::error::x", r":\:error::x"),
        ("so ##[error]x", r"so ##\[error]x"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("nginx: failed\n", "nginx: failed"),
        ("file\u202egpj.exe", r"file\u202egpj.exe"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_not_printable_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert escape.line(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    assert escape.line("x" * 501) == "x" * 499 + "…"
    assert escape.line("x" * 500) == "x" * 500


@given(HOSTILE)
def test_every_line_of_a_block_is_harmless(text: str) -> None:
    shown = escape.block(text)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert commands(shown) == []


def test_a_block_keeps_its_lines() -> None:
    assert escape.block("-a\r\n+b\n\n\x1b c") == "-a\n+b\n\n\\x1b c"


@given(HOSTILE, HOSTILE)
def test_a_workflow_command_is_one_command_with_one_file_and_one_message(file: str, message: str) -> None:
    said = f"::error file={escape.command_value(file)},line=3::{escape.command_message(message)}"
    assert commands(said) == [said]
    head, _, tail = said[2:].partition("::")
    assert [part.partition("=")[0] for part in head.removeprefix("error ").split(",")] == ["file", "line"]
    assert unescaped(tail) == escape.block(message)


def unescaped(text: str) -> str:
    """As the runner reads a message."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_a_message_is_cut_where_the_runner_would_cut_it() -> None:
    assert unescaped(escape.command_message("%" * 5000)) == "%" * 4095 + "…"
    assert len(unescaped(escape.command_message("\x1b" * 3000))) == 4096


@given(HOSTILE)
def test_markdown_has_no_markup_of_others(text: str) -> None:
    shown = escape.markdown(text).replace("<!-- -->", "")
    assert not re.search(r"[<>\"']", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*(?<!\\)[`*_\[\]|~]", shown)
    assert not re.search(r"@(?!$)\w", escape.markdown(text))


def test_markdown_mentions_nobody_and_links_nowhere() -> None:
    assert escape.markdown("@octocat see #1 at http://x") == r"@<!-- -->octocat see \#<!-- -->1 at http\://x"


@given(st.dictionaries(HOSTILE, st.one_of(HOSTILE, st.lists(HOSTILE, max_size=3)), max_size=3))
@example({"##[error]x": ["###[a]", "\x1b[2J", "\ud800", "\x9b"]})
def test_json_says_the_same_and_commands_nothing(value: dict[str, object]) -> None:
    shown = escape.json_text(value)
    assert json.loads(shown) == value
    assert shown.isascii()
    assert all(line.isprintable() for line in shown.split("\n"))
    assert commands(shown) == []


@given(HOSTILE)
@example("```\n# not a heading\n````")
def test_a_fenced_block_ends_where_we_end_it(text: str) -> None:
    first, *inside, last = escape.markdown_block(text, "diff").split("\n")
    assert first == last + "diff"
    assert all(set(line.strip()) != {"`"} or len(line.strip()) < len(last) for line in inside)
