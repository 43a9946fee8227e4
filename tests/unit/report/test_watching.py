"""While it runs: one block on a terminal, drawn seldom; lines where nobody watches."""

from __future__ import annotations

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from telling import UP, Tale, a_plan
from tidegate.clock import VirtualClock
from tidegate.report.live import LiveListener
from tidegate.report.watching import watching
from tidegate.rollout.progress import Progress, after
from tidegate.world import World

MANY = " ".join(f"d{number}" for number in range(500))


def on_terminal(tale: Tale, seconds: float = 0, *, no_color: bool = False) -> str:
    """What is sent to a terminal that hears the whole tale at once, and waits so long after it."""
    file = StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="standard", no_color=no_color)

    async def show() -> None:
        clock = VirtualClock(tale.now)
        progress = Progress.of(tale.plan)
        unheard = Tale(tale.plan, rollout=tale.rollout).record()
        with LiveListener(console, clock, unheard, "tidegate-audit") as live:
            for event in tale.events[2:]:
                progress = after(progress, event)
                live.hear(event, progress)
            await clock.sleep(seconds)

    asyncio.run(show())
    return file.getvalue()


def test_the_block_is_drawn_by_the_clock_and_not_by_events() -> None:
    tale = Tale(a_plan(f"everyone: {MANY}")).wave("everyone").go(MANY, UP)
    assert on_terminal(tale).count("rollout default-812") == 2  # at the beginning, at the end
    assert on_terminal(tale, seconds=1).count("rollout default-812") == 6


def test_the_terminal_is_let_go_whole() -> None:
    shown = on_terminal(Tale(a_plan("everyone: a")).wave("everyone"))
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


def test_a_countdown_goes_on_while_nothing_happens() -> None:
    tale = Tale(a_plan("everyone: a", soak=60)).wave("everyone").go("a", UP)
    shown = on_terminal(tale, seconds=2)
    assert "watched, 1 m left" in shown
    assert "watched, 58 s left" in shown


def test_colour_repeats_what_marks_say_and_can_be_left_out() -> None:
    tale = Tale(a_plan("everyone: a")).wave("everyone")
    assert "\x1b[33m" in on_terminal(tale)
    assert "\x1b[33m" not in on_terminal(tale, no_color=True)


@pytest.mark.parametrize("terminal", [True, False])
def test_words_of_a_device_are_no_markup_and_no_control(terminal: bool, tmp_path: Path) -> None:
    tale = Tale(a_plan("everyone: a")).wave("everyone").fail("a", "[bold red]x[/] \x1b[31mred")
    said = on_terminal(tale) if terminal else "\n".join(in_log(tale, tmp_path))
    assert "[bold red]x[/]" in said
    assert "\x1b[31mred" not in said


def in_log(tale: Tale, folder: Path) -> list[str]:
    told: list[str] = []
    world = World(folder, VirtualClock(tale.now), {}, print, told.append, folder, folder)
    progress = Progress.of(tale.plan)
    with watching(world, Tale(tale.plan, rollout=tale.rollout).record(), "tidegate-audit") as listener:
        for event in tale.events[2:]:
            progress = after(progress, event)
            listener.hear(event, progress)
    return told


def test_where_nobody_watches_there_are_lines(tmp_path: Path) -> None:
    said = in_log(Tale(a_plan("everyone: a")).passes("everyone").end(), tmp_path)
    assert [text.split()[1] for text in said] == ["default-812", "everyone", "everyone", "rollout"]
