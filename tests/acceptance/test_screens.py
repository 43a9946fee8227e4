"""What people see, letter by letter: each screen beside the rollout it tells of.

Where a screen shall change, TIDEGATE_WRITE_SCREENS=1 writes the files anew; they are read before they are committed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.console import Console

from plans import VIEWS
from stories import ENDED, HELD, STAGING, all_reverted, offline, partial, reverted, staged, tried
from telling import NOON, UP, Tale, a_plan
from tidegate.clock import VirtualClock
from tidegate.metrics.delivery import measure
from tidegate.model.delivery import Delivery
from tidegate.model.state import HeldKind, Result
from tidegate.report.live import LiveListener
from tidegate.report.log import LogListener, heading
from tidegate.report.metrics import metrics_text
from tidegate.report.plan import plan_markdown, plan_text
from tidegate.report.status import status
from tidegate.report.story import story
from tidegate.rollout.progress import Progress, after

SCREENS = Path(__file__).parent / "screens"
STORIES = {**ENDED, **HELD}


def page(name: str, text: str, ending: str = "md") -> None:
    """`text` is what screens/<name>.<ending> says."""
    file = SCREENS / f"{name}.{ending}"
    if "TIDEGATE_WRITE_SCREENS" in os.environ:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == file.read_text(encoding="utf-8")


def screen(name: str, text: str) -> None:
    """`text` is what screens/<name>.txt says, and fits on 80 columns."""
    page(name, text, "txt")
    assert [line for line in text.split("\n") if len(line) > 80 or line != line.rstrip()] == []


@pytest.mark.parametrize("name", STORIES)
def test_the_story_when_it_stops(name: str) -> None:
    screen(f"story-{name}", story(STORIES[name]().record()).text)


def test_every_result_and_every_hold_has_its_story() -> None:
    results = {tale().progress.ended.result for tale in ENDED.values()}  # type: ignore[union-attr]
    holds = {hold.kind for tale in HELD.values() if (hold := tale().progress.hold)}
    assert results == set(Result)
    assert holds == set(HeldKind)


def heard(tale: Tale) -> str:
    said = [heading(tale.rollout, tale.plan, "tidegate-audit")]
    listener = LogListener(said.append, tale.rollout)
    progress = Progress.of(tale.plan)
    for event in tale.events:
        progress = after(progress, event)
        listener.hear(event, progress)
    return "\n".join(said)


@pytest.mark.parametrize(
    ("name", "tale"),
    [
        ("partial", partial()),
        ("reverted", reverted()),
        ("reverted-all", all_reverted()),
        ("offline", offline()),
        ("people", tried().ask("everyone", 2).approve("eve").stop("bob", "wait", "hold").hold(HeldKind.STOPPED)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_lines_of_a_log(name: str, tale: Tale) -> None:
    screen(f"log-{name}", heard(tale))


def under_way() -> Tale:
    return staged().ask("canary", 1, "canary").approve("eve").wave("canary").fail("ber-web-04").go("muc-web-02", UP)


def watched() -> Tale:
    return staged().wave("canary").go("ber-web-04 muc-web-02 ams-web-01", UP).wait(38)


def go_back() -> Tale:
    tale = staged().wave("canary").fail("ber-web-04 muc-web-02").go("ams-web-01", UP)
    return tale.judge("fail", 3, "2 failed, 1 allowed").back("canary: 2 failed, 1 allowed")


def many_waves() -> Tale:
    tale = Tale(a_plan(*(f"wave-{number:02}: d{number:02}" for number in range(1, 21)), soak=60))
    for wave in tale.plan.waves[:12]:
        tale.passes(wave.name)
    return tale.wave("wave-13")


PATCHES = Tale(a_plan(f"staging: {STAGING}", lane="patches"), rollout="patches-798", at=NOON - timedelta(days=1))
STATUSES: Mapping[str, tuple[Sequence[tuple[Tale, bool]], float]] = {
    "empty": ([], 0),
    "asked": ([(HELD["asked"](), False), (PATCHES.passes("staging").end(), False)], 12_000),
    "cancelled": ([(HELD["held-cancelled"](), False)], 200_000),
    "unreached": ([(HELD["held-unreached"](), False)], 90_000),
    "under-way": ([(under_way(), True)], 12),
    "watched": ([(watched(), True)], 2),
    "cut-off": ([(under_way(), True)], 1_200),
    "left": ([(tried(), False)], 60),
    "going-back": ([(go_back(), True)], 3),
    "ended": ([(ENDED["partial"](), False)], 3_000_000),
}


@pytest.mark.parametrize("name", STATUSES)
def test_the_status(name: str) -> None:
    tales, later = STATUSES[name]
    now = (tales[0][0].now if tales else NOON) + timedelta(seconds=later)
    records = [tale.record(held=held) for tale, held in tales]
    screen(f"status-{name}", status(records, now, lambda _: name == "cut-off"))


def left_by(tale: Tale, known: int, encoding: str = "utf-8") -> str:
    """What a live block leaves behind that began when `known` events had been recorded, and heard the others."""
    file = BytesIO()
    text = TextIOWrapper(file, encoding=encoding, write_through=True)
    console = Console(file=text, width=80, color_system=None)
    record = replace(tale.record(), segments=(replace(tale.record().segments[0], events=tuple(tale.events[:known])),))

    async def show() -> None:
        progress = Progress.of(tale.plan, record.events)
        with LiveListener(console, VirtualClock(tale.now), record, "tidegate-audit") as listener:
            for event in tale.events[known:]:
                progress = after(progress, event)
                listener.hear(event, progress)

    asyncio.run(show())
    return "\n".join(line.rstrip() for line in file.getvalue().decode(encoding).rstrip("\n").split("\n"))


@pytest.mark.parametrize(
    ("name", "tale"),
    [
        ("watched", watched()),
        ("under-way", under_way()),
        ("going-back", go_back()),
        ("reverted", reverted()),
        ("partial", partial()),
        ("many-waves", many_waves()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_live_block(name: str, tale: Tale) -> None:
    screen(f"live-{name}", left_by(tale, known=30))


def test_a_terminal_without_unicode_gets_other_marks() -> None:
    assert [line[:9] for line in left_by(reverted(), known=30, encoding="ascii").split("\n")[-3:]] == [
        "+ staging",
        "x canary ",
        ". everyon",
    ]


def numbers(*names: str, days: float) -> Delivery:
    """Of these stories, an hour between them: default-812, default-813, ..."""
    tales = [STORIES[name]() for name in names]
    for number, tale in enumerate(tales):
        tale.rollout = f"default-{812 + number}"
        tale.events = [replace(event, at=event.at + timedelta(hours=number)) for event in tale.events]
    return measure([tale.record() for tale in tales], now=NOON + timedelta(days=days))


@pytest.mark.parametrize(
    ("name", "delivery"),
    [
        ("empty", numbers(days=20)),
        ("first-hour", numbers("succeeded", days=0.04)),
        ("some", numbers("reverted", "succeeded", "partial", "succeeded", days=20)),
        ("rolled-back", numbers("succeeded", "rolled-back", days=3)),
        ("open", numbers("stranded", days=60)),
        ("staging-only", numbers("nothing", days=60)),
        ("recovered", numbers("stranded", "nothing", days=60)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_metrics(name: str, delivery: Delivery) -> None:
    screen(f"metrics-{name}", metrics_text(delivery))


@pytest.mark.parametrize("name", VIEWS)
def test_the_plan(name: str) -> None:
    screen(f"plan-{name}", plan_text(VIEWS[name]()))


@pytest.mark.parametrize("name", ["ordinary", "refused"])
def test_the_plan_as_markdown(name: str) -> None:
    page(f"plan-{name}", plan_markdown(VIEWS[name]()))
