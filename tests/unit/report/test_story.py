"""Corners of a story that no screen shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from stories import HTTP, shop, staged
from telling import UP, Tale, a_plan
from tidegate.clock import VirtualClock
from tidegate.metrics.delivery import measure
from tidegate.model.plan import Kind
from tidegate.model.state import HeldKind, Result
from tidegate.report.account import Account, fallen
from tidegate.report.log import line
from tidegate.report.metrics import metrics_text
from tidegate.report.story import story
from tidegate.report.watching import watching
from tidegate.report.waves import glances
from tidegate.world import World


def first(tale: Tale) -> str:
    return " ".join(part.strip() for part in story(tale.record()).lines)


def test_an_interruption_is_nobodys_fault_and_is_not_listed() -> None:
    tale = staged().wave("canary").go("ber-web-04", "start staged lost", text="no route")
    tale.go("ber-web-04", "silent", why="silent", failed=False).take_over(900)
    assert fallen(tale.progress, Account(tale.events)) == ["ber-web-04"]
    tale.go("ber-web-04", "again")
    assert fallen(tale.progress, Account(tale.events)) == []


def test_an_answer_to_a_hold_that_says_go_back_is_the_reason_of_the_story() -> None:
    tale = staged().wave("canary").go("ber-web-04", UP).hold(HeldKind.STOPPED).answer("eve", "back", "I saw the graphs")
    tale.back("told to go back by eve: I saw the graphs").go("ber-web-04", "take_back")
    said = first(tale.go("ber-web-04", "reverted", why="back").end())
    assert said.startswith("✗ Stopped at `canary`: told to go back by eve: I saw the graphs.")


def test_a_stop_before_the_first_wave_changed_nothing() -> None:
    tale = Tale(shop()).stop("bob", "").back("stopped by bob").end()
    assert tale.progress.ended is not None
    assert tale.progress.ended.result is Result.STOPPED
    assert first(tale).startswith("✗ Ended before its first wave: stopped by bob. Nothing was changed.")


def test_a_stop_before_any_device_of_the_wave_leaves_what_was_confirmed() -> None:
    said = first(staged().wave("canary").stop("bob", "odd").back("stopped by bob: odd").end())
    assert said.startswith("✗ Stopped at `canary` by bob: odd. 4 devices of earlier waves keep it.")


def test_a_hold_before_the_first_wave_names_none() -> None:
    assert first(Tale(shop()).hold(HeldKind.WINDOW)).startswith("● default-812 is held. The maintenance window")


def test_a_rollback_that_strands_a_device_marks_nothing_as_bad() -> None:
    tale = Tale(a_plan("all: a", kind=Kind.ROLLBACK), of="default-800").wave("all")
    said = first(tale.go("a", "start staged lost stranded", why="unreachable").end())
    assert said.startswith("✗ 1 device stranded")
    assert "a  unreachable" in said
    assert "bad" not in said


def test_of_many_stranded_devices_five_are_named_and_how_to_get_the_rest() -> None:
    devices = " ".join(f"web-{number}" for number in range(9))
    tale = Tale(a_plan(f"all: {devices}")).wave("all").go(devices, "start staged apply_failed", text=HTTP)
    said = first(tale.go(devices, "stranded", text="gone").end())
    named = [name for name in devices.split() if f"{name}  {HTTP}; then, on its way back: gone" in said]
    assert named == ["web-0", "web-1", "web-2", "web-3", "web-4"]
    assert "and 4 more: tidegate audit show default-812" in said


def test_a_wave_that_failed_and_does_not_go_back_yet_says_so() -> None:
    tale = staged().wave("canary").fail("ber-web-04").judge("fail", 3, "1 failed, 0 allowed")
    canary = glances(tale.progress, Account(tale.events), tale.now)[1]
    assert (canary.mark, canary.words) == ("✗", "fail: 1 failed, 0 allowed")


def test_a_wave_that_nobody_is_in_says_so() -> None:
    tale = Tale(a_plan("staging:", "everyone: a"))
    assert glances(tale.progress, Account(tale.events), tale.now)[0].words == "nothing changes here"


def test_a_wave_to_come_says_how_many_must_approve() -> None:
    tale = Tale(a_plan("everyone: a", approvals=2))
    assert glances(tale.progress, Account(tale.events), tale.now)[0].words == "needs 2 approvals"


def test_skips_that_follow_from_the_wave_get_no_line_of_their_own() -> None:
    tale = staged().wave("canary").go("ber-web-04", "skip", why="back")
    assert line(tale.events[-1], tale.progress) is None


def test_a_deployment_that_goes_on_has_not_failed_yet() -> None:
    tale = staged().passes("canary")
    assert "none has ended yet" in metrics_text(measure([tale.record()], now=tale.now))


def test_few_deployments_are_counted_by_the_month() -> None:
    tale = staged().passes("canary").passes("everyone").end()
    later = tale.now.replace(year=2027, month=1, day=1)
    assert "0.8 a month" in metrics_text(measure([tale.record()], now=later))


def test_many_deployments_a_day_are_counted_by_the_day() -> None:
    tales = [Tale(shop(), rollout=f"default-{number}").passes("staging").passes("canary") for number in range(900, 930)]
    records = [tale.passes("everyone").end().record() for tale in tales]
    later = tales[0].now.replace(month=12, day=3)
    assert "3.0 a day" in metrics_text(measure(records, now=later))


def test_on_a_terminal_there_is_a_live_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tale = Tale(shop())
    world = World(tmp_path, VirtualClock(tale.now), {}, print, print, tmp_path, tmp_path, terminal=True)
    with watching(world, tale.record(), "tidegate-audit"):
        pass
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "○ everyone" in shown.err
