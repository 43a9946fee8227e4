"""What a project asks for, as digests: they change with what matters, and with nothing else."""

from __future__ import annotations

from small_project import COMPONENT, FLEET, TIDEGATE, project_of, rendered, tree_of
from tidegate.model.wanted import Wish
from tidegate.project.digests import wish


def wished(**changes: str) -> Wish:
    tree = tree_of(**changes)
    return wish(project_of(tree), rendered(tree).artifacts)


def test_only_devices_with_an_artifact_are_in_it() -> None:
    assert sorted(wished().devices) == sorted(wished().reach) == ["web-01", "web-02"]


def test_commands_are_not_in_the_artifact_and_have_a_digest_of_their_own() -> None:
    before, after = wished(), wished(component=COMPONENT + "activate: reload\n")
    for device in before.devices:
        was, now = before.devices[device]["motd"], after.devices[device]["motd"]
        assert was.artifact == now.artifact
        assert was.commands != now.commands


def test_a_changed_probe_changes_the_commands_of_those_who_use_it() -> None:
    used = TIDEGATE + "probes: {up: {command: 'true'}, other: {command: 'true'}}\n"
    component = COMPONENT + "health: [up]\n"
    before = wished(tidegate=used, component=component).devices["web-01"]["motd"]
    same = wished(tidegate=used.replace("other: {command: 'true'}", "other: {command: 'no'}"), component=component)
    changed = wished(tidegate=used.replace("up: {command: 'true'}", "up: {command: 'no'}"), component=component)
    assert same.devices["web-01"]["motd"] == before
    assert changed.devices["web-01"]["motd"].commands != before.commands


def test_reach_is_driver_address_and_options() -> None:
    before = wished()
    assert before.reach["web-01"] != before.reach["web-02"]
    moved = wished(fleet=FLEET.replace("2001:db8::2", "2001:db8::3"))
    assert moved.reach["web-01"] == before.reach["web-01"]
    assert moved.reach["web-02"] != before.reach["web-02"]


def test_a_label_that_no_template_shows_changes_nothing() -> None:
    assert wished(fleet=FLEET.replace("role: db", "role: db, rack: r1")) == wished()


def test_the_timeout_is_handed_on() -> None:
    assert wished(component=COMPONENT + "timeout: 30s\n").devices["web-01"]["motd"].timeout == 30


def test_to_reconnect_is_reviewed_like_a_command_and_not_to_is_as_if_unsaid() -> None:
    before = wished().devices["web-01"]["motd"]
    assert wished(component=COMPONENT + "reconnect: false\n").devices["web-01"]["motd"] == before
    assert wished(component=COMPONENT + "reconnect: true\n").devices["web-01"]["motd"].commands != before.commands
