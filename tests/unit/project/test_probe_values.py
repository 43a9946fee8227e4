"""Probes are asked with the values of their device."""

from __future__ import annotations

from small_project import COMPONENT, TIDEGATE, loaded, tree_of
from tidegate.project.probe_values import Filled, fill_probes, probe_pairs

PROBES = """\
probes:
  serves: {http: "http://{{ device.host }}:{{ device.vars.port }}/"}
  runs: {command: "test {{ left }} = alone"}
"""


def filled(tidegate: str) -> Filled:
    found = loaded(tree_of(tidegate=tidegate, component=COMPONENT + "health: [serves, runs]\n"))
    assert found.project is not None
    return fill_probes(found.project, probe_pairs(found.project), found.documents)


def test_urls_are_templates_and_commands_are_not() -> None:
    assert filled(TIDEGATE + PROBES).values == {
        ("web-01", "serves"): "http://web-01:80/",
        ("web-02", "serves"): "http://[2001:db8::2]:81/",
        ("web-01", "runs"): "test {{ left }} = alone",
        ("web-02", "runs"): "test {{ left }} = alone",
    }


def test_a_typing_error_is_found_before_a_rollout_asks() -> None:
    (finding,) = filled(TIDEGATE + PROBES.replace("vars.port", "vars.prot")).report.findings
    assert str(finding.location) == "tidegate.yaml:8:18"
    assert "did you mean `port`?" in finding.message
