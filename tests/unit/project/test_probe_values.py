"""Values of probes are tried for every device before a rollout asks."""

from __future__ import annotations

import pytest

from small_project import COMPONENT, TIDEGATE, loaded, tree_of
from tidegate.project.probe_values import check_probes

PROBES = """\
probes:
  serves: {http: "http://{{ device.host }}:{{ device.vars.port }}/"}
  runs: {command: "test {{ left }} = alone"}
"""


def said(probes: str = PROBES, health: str = "[serves, runs]") -> list[str]:
    found = loaded(tree_of(tidegate=TIDEGATE + probes, component=f"{COMPONENT}health: {health}\n"))
    assert found.project is not None
    return [
        f"{finding.location.line}:{finding.location.column} {finding.rule}: {finding.message}"
        for finding in check_probes(found.project, found.documents)
    ]


def test_a_command_is_no_template() -> None:
    assert said() == []


def test_a_typing_error_is_found_before_a_rollout_asks() -> None:
    (fault,) = said(PROBES.replace("vars.port", "vars.prot"))
    assert fault == "8:18 template-error: there is no `prot` here; did you mean `port`? (for web-01 web-02)"


@pytest.mark.parametrize(
    ("probe", "fault"),
    [
        ('{http: "{{ device.host }}/healthz"}', "`web-01/healthz` is no URL: write http://{{ device.host }}/healthz"),
        ('{tcp: "{{ device.host }}"}', "`web-01` is no host and port: write {{ device.host }}:22"),
        ("{http: \"http://{{ secret('password') }}/\"}", "a probe's value is shown in plans and logs"),
        ("{http: \"http://{{ devices('all')[0].host }}/\"}", "`devices` is undefined"),
        ('{tcp: "{% for a in range(9) %}{% endfor %}"}', "`range` is undefined"),
    ],
)
def test_what_nobody_can_be_asked(probe: str, fault: str) -> None:
    assert fault in " ".join(said(f"probes: {{serves: {probe}}}\n", "[serves]"))


def test_a_value_that_does_not_end_is_stopped() -> None:
    (fault,) = said('probes: {serves: {http: "http://{{ 9 ** (9 ** 99) }}/"}}\n', "[serves]")
    assert "template-runs-away" in fault


def test_a_probe_that_no_wave_asks_is_left_alone() -> None:
    assert said('probes: {serves: {http: "{{ nobody.asks }}"}}\n', "[]") == []
