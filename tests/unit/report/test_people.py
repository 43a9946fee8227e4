"""Numbers, times and lists as people say them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.report.people import count, day, duration, names, percent, when, wrapped

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.04, "0.0 s"),
        (0.4, "0.4 s"),
        (0.96, "1 s"),
        (14, "14 s"),
        (59.6, "1 m"),
        (200, "3 m 20 s"),
        (542, "9 m 02 s"),
        (900, "15 m"),
        (12_000, "3 h 20 m"),
        (7_200, "2 h"),
        (187_200, "2 d 4 h"),
        (604_800, "7 d"),
        (-5, "0 s"),
    ],
)
def test_a_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("at", "said", "day_said"),
    [
        ((2026, 11, 23, 9, 12), "09:12", "today"),
        ((2026, 11, 22, 23, 59), "yesterday 23:59", "yesterday"),
        ((2026, 11, 20, 9, 12), "20 Nov 09:12", "3 days ago"),
        ((2026, 9, 3, 9, 12), "3 Sep 09:12", "on 3 Sep"),
        ((2025, 11, 23, 9, 12), "23 Nov 2025 09:12", "on 23 Nov 2025"),
    ],
)
def test_a_time_is_said_as_short_as_it_is_clear(at: tuple[int, ...], said: str, day_said: str) -> None:
    instant = datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert (when(instant, NOW), day(instant, NOW)) == (said, day_said)


def test_one_is_one() -> None:
    assert (count(1, "device"), count(2, "device"), count(0, "device")) == ("1 device", "2 devices", "0 devices")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (0.001, "under 1 %"), (0.166, "17 %"), (0.9999, "over 99 %"), (1, "100 %")],
)
def test_what_is_not_quite_none_or_all_does_not_look_so(share: float, said: str) -> None:
    assert percent(share) == said


def test_five_names_and_how_many_more() -> None:
    assert names(["a", "b"]) == "a b"
    assert names([f"web-{number}" for number in range(18)]) == "web-0 web-1 web-2 web-3 web-4 +13"
    assert names(["long-name-1", "long-name-2", "long-name-3"], room=20) == "long-name-1 +2"
    assert names(["a-name-longer-than-the-room"], room=5) == "a-name-longer-than-the-room"


@given(st.text(max_size=300), st.integers(0, 40))
def test_text_of_any_kind_is_wrapped_to_printable_lines_that_no_runner_obeys(text: str, indent: int) -> None:
    head = "12:00:01 staging   " + " " * indent
    for line in wrapped(text, head):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert len(line) <= 80 or " " not in line[len(head) :]


def test_a_command_that_would_begin_a_line_by_wrapping_is_defused() -> None:
    lines = wrapped("x" * 75 + " ::set-output name=a::b")
    assert lines[1].startswith(":\\:set-output")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    lines = wrapped("word " * 200, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
