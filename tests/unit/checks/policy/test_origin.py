"""A file on a device is found in the component's file that asked for it."""

from __future__ import annotations

import pytest

from small_project import COMPONENT, project_of, tree_of
from tidegate.checks.policy.origin import origin
from tidegate.model.place import Place

FILES = """\
overrides:
  - {select: name=web-01, files: {/etc/motd: files/own}}
  - {select: name=web-02, files: {/etc/parts/deep/: files}}
"""


@pytest.mark.parametrize(
    ("device", "target", "place", "source"),
    [
        ("web-02", "/etc/motd", ("files", "/etc/motd"), "components/motd/files/motd.j2"),
        ("web-01", "/etc/motd", ("overrides", 0, "files", "/etc/motd"), "components/motd/files/own"),
        ("web-01", "/etc/parts/deep/a", ("files", "/etc/parts/"), ""),
        ("web-02", "/etc/parts/deep/a", ("overrides", 1, "files", "/etc/parts/deep/"), ""),
        ("web-02", "/etc/parts/a", ("files", "/etc/parts/"), ""),
    ],
)
def test_the_last_word_about_a_target(device: str, target: str, place: Place, source: str) -> None:
    component = COMPONENT.replace("files/motd.j2}", "files/motd.j2, /etc/parts/: files}") + FILES
    project = project_of(tree_of(component=component, **{"components/motd/files/own": "own"}))
    assert origin(project.components["motd"], project.fleet[device], target) == (place, source)
