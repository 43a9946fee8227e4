"""One order, last wins, key by key: component, defaults, overrides, the device. And every value knows its line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from memory_tree import MemoryTree
from small_project import loaded, project_of, tree_of
from tidegate.project.explain import explain
from tidegate.project.settle import pairs, settled

LAYERS = ("component", "project", "fleet", "first", "second", "device")
"""The order of precedence, the last word last."""


def layered(said: Mapping[str, Mapping[str, str]]) -> MemoryTree:
    """A project in which each layer says some variables."""
    part = {layer: json.dumps(said.get(layer, {})) for layer in LAYERS}
    return tree_of(
        tidegate="tidegate: 1\nstrategies: {default: {waves: [{name: all, select: all}]}}\n"
        f"defaults:\n  driver: simulated\n  vars: {part['project']}\n",
        fleet=f"defaults:\n  labels: {{role: web}}\n  vars: {part['fleet']}\n"
        f"devices:\n  web-01:\n    vars: {part['device']}\n",
        component="type: files\nselect: all\nfiles: {/etc/motd: files/motd.j2}\n"
        f"vars: {part['component']}\noverrides:\n- select: all\n  vars: {part['first']}\n"
        f"- select: role=web\n  vars: {part['second']}\n- {{select: driver=simulated}}\n",
    )


names = st.sampled_from("abc")


@given(st.dictionaries(st.sampled_from(LAYERS), st.dictionaries(names, st.sampled_from("xyz"))))
def test_the_last_layer_that_says_a_variable_has_the_last_word(said: Mapping[str, Mapping[str, str]]) -> None:
    found = loaded(layered(said))
    assert found.project is not None
    component, device = found.project.components["motd"], found.project.fleet["web-01"]
    expected: dict[str, tuple[str, str]] = {}
    for layer in LAYERS:
        expected |= {name: (value, layer) for name, value in said.get(layer, {}).items()}
    assert settled(found.project, component, device).vars == {name: value for name, (value, _) in expected.items()}
    lines = {
        "component": ("components/motd/component.yaml", 4),
        "project": ("tidegate.yaml", 5),
        "fleet": ("fleet/all.yaml", 3),
        "first": ("components/motd/component.yaml", 7),
        "second": ("components/motd/component.yaml", 9),
        "device": ("fleet/all.yaml", 6),
    }
    origins = explain(found.project, found.documents, component, device)
    assert {one.name: (one.where.file, one.where.line) for one in origins} == {
        name: lines[layer] for name, (_, layer) in expected.items()
    }


def test_values_below_the_first_level_are_replaced_whole() -> None:
    tree = tree_of(
        component="type: files\nselect: name=web-01\nfiles: {/a: files/motd.j2}\n"
        "vars: {deep: {a: 1, b: 2}, list: [1, 2]}\noverrides: [{select: role=web, vars: {deep: {b: 3}, list: [3]}}]\n"
    )
    project = project_of(tree)
    now = settled(project, project.components["motd"], project.fleet["web-01"])
    assert (now.vars["deep"], now.vars["list"]) == ({"b": 3}, [3])


def test_overrides_merge_files_by_target_and_replace_commands() -> None:
    tree = tree_of(
        component="type: files\nselect: role=web\nvalidate: check\nactivate: [one, two]\n"
        "files: {/a: files/motd.j2, /b: files/motd.j2}\noverrides:\n"
        "- {select: name=web-01, files: {/b: {from: files/motd.j2, mode: '0600'}, /c: files/motd.j2},"
        " activate: other}\n"
        "- {select: role=web, timeout: 90s}\n"
    )
    project = project_of(tree)
    first, second = (settled(project, project.components["motd"], project.fleet[name]) for name in ("web-01", "web-02"))
    assert [(target, source.mode) for target, source in first.files.items()] == [
        ("/a", "0644"),
        ("/b", "0600"),
        ("/c", "0644"),
    ]
    assert (first.validate, first.activate, first.timeout) == (("check",), ("other",), 90)
    assert (list(second.files), second.activate) == (["/a", "/b"], ("one", "two"))


def test_labels_and_options_merge_key_by_key() -> None:
    project = project_of(
        tree_of(
            tidegate="tidegate: 1\nstrategies: {default: {waves: [{name: all, select: all}]}}\n"
            "defaults: {driver: simulated, simulated: {latency: 1s}, labels: {env: staging, site: ber}}\n",
            fleet="defaults: {labels: {role: web}, simulated: {faults: [a]}}\n"
            "devices: {web-01: {labels: {env: production}, simulated: {latency: 2s}}}\n",
        )
    )
    device = project.fleet["web-01"]
    assert device.labels == {"env": "production", "site": "ber", "role": "web"}
    assert device.options == {"latency": 2, "faults": ("a",)}


def test_health_is_the_strategys_then_the_components_each_once() -> None:
    text = "tidegate: 1\ndefaults: {driver: simulated}\nprobes: {a: {command: a}, b: {command: b}}\n"
    text += "strategies: {default: {health: [a], waves: [{name: all, select: all}]}}\n"
    project = project_of(tree_of(tidegate=text, component="type: files\nselect: role=web\nhealth: [b, a]\n"))
    assert settled(project, project.components["motd"], project.fleet["web-01"]).health == ("a", "b")


def test_pairs_are_what_components_select() -> None:
    assert pairs(project_of(tree_of())) == [("web-01", "motd"), ("web-02", "motd")]
