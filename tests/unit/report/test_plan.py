"""What `tidegate plan` says: text of others is harmless in it, what is cut is said, and nothing lacks in JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from planning import OLD, a_component, a_device, a_project, a_wave, planned
from plans import VIEWS, first, long, nothing, ordinary, refused
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.plan_file import parse_plan
from tidegate.model.project import Hold
from tidegate.report.diff import Change, Group, grouped
from tidegate.report.plan import PlanView, plan_document, plan_markdown, plan_text
from tidegate.report.plan_words import letter


def with_file(text: bytes, target: str = "/etc/motd", devices: int = 1) -> PlanView:
    """A new file with this text."""
    project = a_project([a_device(f"ber-web-{at:02}") for at in range(devices)], [a_wave("all")], a_component("motd"))
    plan = planned(project)
    new = Artifact("files", (Entry(target, "0644", "root", "root", (text,)),))
    return PlanView(
        plan, project, grouped(Change(name, "motd", OLD, Artifact("files", ()), new) for name in plan.devices)
    )


HOSTILE = b"\x1b[31mred\n::error::planted\n##[add-mask]x\n``` \n</details><b>@everyone\nfoo\r"


def test_what_a_file_says_cannot_speak_for_us() -> None:
    said = plan_text(with_file(HOSTILE + b"x" * 100 + b"::error::later\n", "/etc/::error::a\n##[b"))
    assert "\x1b" not in said
    assert "##[" not in said
    assert not [line for line in said.split("\n") if line.lstrip().startswith("::")]


def test_a_long_line_goes_on_below_where_it_is_no_command_either() -> None:
    said = plan_text(with_file(b"x" * 73 + b"::error::planted\n"))
    assert "       :\\:error::planted" in said.split("\n")


def test_a_file_does_not_end_its_block_in_markdown() -> None:
    said = plan_markdown(with_file(HOSTILE))
    inside = said.partition("````diff\n")[2].partition("\n````")[0]
    assert "+```" in inside
    assert "</details><b>@everyone" in inside


def test_names_and_reasons_of_others_are_no_markup() -> None:
    hold = Hold("<b>@ada</b> | see [here](http://x)", datetime(2026, 12, 1, tzinfo=UTC))
    said = plan_markdown(replace(ordinary(), skipped={"muc-web-03": hold}))
    assert "<b>" not in said
    assert "@ada" not in said
    assert "[here](" not in said


def test_blanks_at_the_end_of_a_line_are_a_change_that_is_seen() -> None:
    old, new = (Artifact("files", (Entry("/etc/a", "0644", "root", "root", (text,)),)) for text in (b"a\n", b"a  \n"))
    view = ordinary()
    shown = plan_text(replace(view, groups=grouped([Change("ber-web-01", "nginx", OLD, old, new)])))
    assert "    +  a  " in shown.split("\n")


def test_lines_that_are_not_shown_are_counted() -> None:
    assert "    and 21 lines more: tidegate render ber-web-01 motd" in plan_text(long()).split("\n")
    many = plan_markdown(with_file(b"x\n" * 300))
    assert many.count("\n+x") == 199
    assert "101 lines more: `tidegate plan --format json`" in many


def test_groups_that_are_not_shown_are_counted() -> None:
    assert "and 3 diffs more, on ber-web-04 ber-web-05 +1: tidegate plan --format json" in plan_text(first())
    view = ordinary()
    groups = tuple(Group("nginx", (f"d{at}",), "recorded", ()) for at in range(60))
    assert "10 diffs more: `tidegate plan --format json`" in plan_markdown(replace(view, groups=groups))


def test_a_screen_has_so_many_changed_lines_and_no_more() -> None:
    groups = tuple(replace(with_file(b"x\n" * 30).groups[0], devices=(f"ber-web-{at:02}",)) for at in range(5))
    said = plan_text(replace(with_file(b"x\n", devices=5), groups=groups))
    assert said.count("    +  x") == 40
    assert said.count("lines more: tidegate render") == 5


@pytest.mark.parametrize("name", VIEWS)
def test_the_document_holds_the_plan_as_it_is_recorded(name: str) -> None:
    view = VIEWS[name]()
    said = json.loads(json.dumps(plan_document(view)))
    assert parse_plan(said) == view.plan
    assert sorted(device for group in said["groups"] for device in group["devices"]) == sorted(view.plan.devices)


def test_the_document_says_what_is_not_recorded() -> None:
    said = plan_document(ordinary())
    assert said["unchanged"] == 3
    assert said["skipped"] == {"muc-web-03": {"reason": "disk replacement", "until": "2026-12-01T00:00:00.000Z"}}
    assert said["signed"] is False
    assert said["groups"][1] == {
        "component": "nginx",
        "devices": ["ber-web-02"],
        "before": "recorded",
        "files": [
            {
                "target": "/etc/nginx/conf.d/site.conf",
                "notes": [],
                "lines": [
                    "-worker_connections 4096;",
                    "+worker_connections 8192;",
                    "@@",
                    "-error_log syslog info;",
                    "+error_log syslog debug;",
                ],
            }
        ],
    }


def test_the_document_names_who_is_adopted_and_why_a_plan_is_refused() -> None:
    assert plan_document(first())["adopted"][:2] == ["ber-stg-01", "ber-stg-02"]
    brakes = plan_document(refused())["refused"]
    assert [brake["rule"] for brake in brakes] == ["max-devices", "in-no-wave", "remembered-bad"]
    assert brakes[2]["file"] == "components/nginx/component.yaml"


def test_a_refused_plan_is_followed_by_no_deploy() -> None:
    assert "tidegate deploy\n" not in plan_text(refused()) + "\n"
    assert "tidegate deploy --retry" in plan_text(refused())


def test_where_nothing_changes_there_is_one_line_and_no_table() -> None:
    assert "\n" not in plan_text(nothing())
    assert "|" not in plan_markdown(nothing())


def test_a_component_that_changes_in_no_file_is_still_named() -> None:
    view = ordinary()
    assert "  nginx   21 devices" in plan_text(replace(view, groups=())).split("\n")


def test_diffs_have_letters() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 53, 701, 702)] == ["A", "Z", "AA", "AZ", "BB", "ZZ", "AAA"]
