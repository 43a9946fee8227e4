"""Checks of pull requests, rollouts, waves and devices: the answer first, within GitHub's bounds, harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.github.endpoints.checks import check_body
from stories import ENDED, HELD, reverted, shop, tried
from telling import UP, Tale, a_plan
from tidegate.github.check_runs import Check, Conclusion
from tidegate.github.checks import elsewhere_check, progress_check, rollout_check, validation_check, wave_check
from tidegate.github.device_check import device_check, is_due
from tidegate.github.summary import LIMIT, paragraphs, size, table, whole_parts
from tidegate.model.event import Stepped
from tidegate.model.place import Finding, Location, Report, Severity
from tidegate.report.account import Account
from tidegate.report.diff import FileChange, Group

HEAD = "a" * 40
EVIL = "502\n::error::x ##[add-mask]y <img src=x> [a](http://evil) @all | \x1b[2J `code`"
DIFF = Group("nginx", ("ber-web-04",), "recorded", (FileChange("/etc/x", (), ("-a", "+b ``` </details> ::error::")),))


def taken(check: Check) -> Check:
    """As GitHub takes it: within its bounds, and with nothing in it that acts."""
    check_body(check.payload(check.annotations[:50]))
    for text in (check.title, check.name, check.key):
        assert "\n" not in text
        assert not text.lstrip().startswith("::")
    shown = re.sub(r"^(`{3,})diff$.*?^\1$", "", f"{check.summary}\n{check.text}", flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"^\s*::|##\[|<img|(?<!\\)\]\(|@all|\x1b", shown, re.MULTILINE)
    return check


def of_wave(tale: Tale, index: int) -> Check:
    progress = tale.progress
    return taken(wave_check("default-812", progress, Account(tale.events), index, tale.events[-1].at))


def of_device(tale: Tale, device: str) -> Check:
    steps = [event for event in tale.events if isinstance(event, Stepped) and event.d == device]
    return taken(device_check("default-812", tale.progress, Account(tale.events), device, steps, (DIFF,)))


@pytest.mark.parametrize("tell", [*ENDED.values(), *HELD.values()], ids=[*ENDED, *HELD])
def test_every_story_is_a_check(tell: Callable[[], Tale]) -> None:
    tale = tell()
    check = taken(rollout_check(tale.record(), tale.events[-1].at, (DIFF,)))
    assert (check.conclusion is None) == (tale.progress.ended is None)
    for index in range(tale.progress.wave + 1):
        of_wave(tale, index)
    for device in tale.plan.devices:
        if is_due(tale.progress, device):
            of_device(tale, device)


def test_a_rollout_that_went_back() -> None:
    tale = reverted()
    check = rollout_check(tale.record(), tale.events[-1].at, (DIFF,))
    assert (check.name, check.key) == ("tidegate / rollout", "tidegate:default-812")
    assert check.conclusion is Conclusion.FAILURE
    assert check.title == "4 confirmed, 3 reverted, 15 skipped"
    assert "| ber\\-web\\-04 | reverted | serves\\: HTTP 502 from" in check.summary
    assert "```diff" in check.text


def test_a_rollout_under_way_says_how_far_it_is() -> None:
    tale = tried().wave("everyone").go("ber-web-10", UP)
    check = taken(rollout_check(tale.record(), tale.events[-1].at, (DIFF,)))
    assert check.conclusion is None
    assert check.title.startswith("everyone: 1/15 0 at work, 14 to go")
    assert "was left" not in check.summary
    so_far = progress_check("default-812", tale.progress, Account(tale.events), tale.events[-1].at)
    assert replace(check, text="") == so_far
    fresh = Tale(shop())
    assert rollout_check(fresh.record(), fresh.events[-1].at).title == "opened, no device touched yet"


def test_a_rollout_that_waits_says_for_what() -> None:
    tale = tried().ask("everyone", environment="production")
    check = taken(rollout_check(tale.record(held=True), tale.events[-1].at))
    assert check.title == "held: it waits for 1 approval of `production`."
    assert "Approve" in check.summary


def test_a_wave_shows_the_failed_first() -> None:
    check = of_wave(reverted(), 1)
    assert check.name == "tidegate / canary"
    assert check.conclusion is Conclusion.FAILURE
    rows = [line.split(" | ")[0] for line in check.summary.splitlines() if line.startswith("| ")][2:]
    assert rows == ["| ber\\-web\\-04", "| muc\\-web\\-02", "| ams\\-web\\-01"]


def test_a_wave_that_passed_and_one_that_is_watched() -> None:
    tale = tried().wave("everyone")
    assert of_wave(tale, 1).conclusion is Conclusion.SUCCESS
    assert of_wave(tale, 2).conclusion is None
    assert of_wave(tale, 2).title.startswith("0/15, 0 at work, 15 to go")


def test_a_device_tells_how_it_went() -> None:
    tale = reverted()
    check = of_device(tale, "ber-web-04")
    assert check.name == "tidegate / canary / ber-web-04"
    assert check.key == "tidegate:default-812:canary:ber-web-04"
    assert check.title == "reverted: serves: HTTP 502 from http://10.1.0.14/healthz"
    assert check.conclusion is Conclusion.FAILURE
    assert "start" in check.summary
    assert "| nginx | old | new |" in check.summary
    with_it = of_device(tale, "ams-web-01")
    assert with_it.title == "reverted with its wave, without a fault of its own"
    assert with_it.conclusion is Conclusion.NEUTRAL
    assert of_device(tale, "ber-stg-01").conclusion is Conclusion.SUCCESS
    assert not is_due(Tale(shop()).progress, "ber-web-04")


def test_what_a_device_says_stays_words() -> None:
    tale = Tale(a_plan("all: a b")).wave("all").fail("a", EVIL).go("b", UP).judge().go("b", "confirm confirmed").end()
    assert "<img" not in of_device(tale, "a").summary
    taken(rollout_check(tale.record(), tale.events[-1].at))
    of_wave(tale, 0)


def test_a_wave_of_many_devices_fits_and_says_what_is_left_out() -> None:
    names = " ".join(f"a-device-with-a-long-name-{number:04}" for number in range(2000))
    tale = Tale(a_plan(f"all: {names}")).wave("all")
    check = of_wave(tale, 0)
    assert size(check.summary) <= LIMIT
    shown = check.summary.count("| a\\-device")
    assert f"and {2000 - shown} devices more" in check.summary
    assert shown > 700
    short = Tale(a_plan(f"all: {' '.join(f'd{number}' for number in range(1500))}")).wave("all")
    assert of_wave(short, 0).summary.count("| d") == 1 + 1200


def test_a_pull_request_that_is_refused() -> None:
    findings = [Finding("unknown-key", EVIL, Location("fleet/ber.yaml", 9, 13), fix=EVIL) for _ in range(2)]
    notice = Finding("a", "b", Location("x.yaml", 1), Severity.WARNING)
    report = Report((*findings, notice), {"files": 34}, notes=(EVIL,))
    check = taken(validation_check(report, HEAD, 0.4, headline="18 of 24 devices change, 1 component, 3 waves."))
    assert (check.name, check.title, check.conclusion) == (
        "tidegate / validate",
        "2 errors, 1 warning",
        Conclusion.FAILURE,
    )
    assert [one.start_line for one in check.annotations] == [9, 1]


def test_a_pull_request_that_is_fine_shows_what_it_would_do() -> None:
    report = Report((), {"files": 34})
    check = taken(validation_check(report, HEAD, 0.4, headline="18 of 24 devices change.", plan="the plan"))
    assert (check.title, check.text, check.conclusion) == ("18 of 24 devices change.", "the plan", Conclusion.SUCCESS)
    assert taken(validation_check(report, HEAD, 0.4)).title == "0 errors"
    warned = Report((Finding("a", "b", Location("x"), Severity.WARNING),))
    assert validation_check(warned, HEAD, 0.1, fail_on=Severity.WARNING).conclusion is Conclusion.FAILURE


def test_ten_thousand_findings_fit() -> None:
    findings = tuple(Finding("r", EVIL * 3, Location(f"f{number}.yaml", 1)) for number in range(10_000))
    check = taken(validation_check(Report(findings), HEAD, 9.0))
    assert len(check.annotations) == 500
    assert "Not shown at a line: 9500 errors" in check.summary.replace("\\", "")
    assert "findings more" in check.summary


def test_a_pull_request_to_elsewhere_is_neutral() -> None:
    check = taken(elsewhere_check(HEAD, "release\n::x::", "main"))
    assert check.conclusion is Conclusion.NEUTRAL


def test_what_does_not_fit_is_left_out_whole() -> None:
    parts = ["a" * 40_000, "b" * 40_000, "c"]
    fitted = paragraphs(parts)
    assert "b" not in fitted.partition("\n\n")[0]
    assert fitted.endswith("have all of it.")
    assert size(fitted) <= LIMIT
    folded = "<details><summary>x</summary>\n\n```\n\n```\n\n</details>"
    assert list(whole_parts(f"a\n\n{folded}\n\nb")) == ["a", folded, "b", ""]
    assert table(("a",), [], "row", 10, 1000) == ""
    assert table(("a",), [["x" * 400]], "row", 10, 10) == "1 row, too many to show here."
