"""The first hour with a fleet behind sshd: host keys are collected, compared and committed, devices examined."""

from __future__ import annotations

import getpass
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from click.testing import CliRunner

from sshing import Sshd, free_port
from team import Said
from tidegate.cli.main import cli
from tidegate.clock import SystemClock
from tidegate.world import World

TIDEGATE = """\
tidegate: 1
name: shop
secrets: {{ssh-key: {{env: SSH_KEY}}}}
defaults: {{ssh: {{user: {user}, key: ssh-key, known_hosts: known_hosts, root: "{root}/{{{{ device.name }}}}"}}}}
strategies: {{default: {{waves: [{{name: everyone, select: all}}]}}}}
"""
FLEET = """\
devices:
  web-01: {{address: 127.0.0.1, ssh: {{port: {first}}}}}
  web-02: {{address: 127.0.0.1, ssh: {{port: {second}}}}}
  web-03: {{address: 127.0.0.1, ssh: {{port: {nobody}}}}}
"""
Tell = Callable[..., Said]


class Place:
    """A clone with three devices: two answer, one does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop"
        self.root = folder / "devices"
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.sshds = [Sshd(folder / name, user_key=key).start() for name in ("first", "second")]
        self.nobody = free_port()
        for name in ("web-01", "web-02", "web-03"):
            (self.root / name).mkdir(parents=True)
        component = self.folder / "components" / "motd"
        (component / "files").mkdir(parents=True)
        (component / "files" / "motd").write_text("hello\n")
        (component / "component.yaml").write_text("type: files\nselect: all\nfiles: {/etc/motd: files/motd}\n")
        (self.folder / "fleet").mkdir()
        ports = {"first": self.sshds[0].port, "second": self.sshds[1].port, "nobody": self.nobody}
        (self.folder / "fleet" / "all.yaml").write_text(FLEET.format(**ports))
        (self.folder / "tidegate.yaml").write_text(TIDEGATE.format(user=getpass.getuser(), root=self.root))
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text("# who is who\n")
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *words], check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "as it is")

    def tell(self, *words: str, key: bytes | None = None) -> Said:
        said: list[str] = []
        told: list[str] = []
        secret = self.sshds[0].private_key if key is None else key
        world = World(
            here=self.folder,
            clock=SystemClock(),
            environ={"SSH_KEY": secret.decode()},
            say=said.append,
            tell=told.append,
            state=self.folder.parent / "state",
            cache=self.folder.parent / "cache",
        )
        result = CliRunner().invoke(cli, ["fleet", *words], obj=world)
        return Said(result.exit_code, "\n".join(said), "\n".join(told) + result.stderr)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    for sshd in one.sshds:
        sshd.stop()


def test_host_keys_are_collected_compared_and_committed(place: Place) -> None:
    said = place.tell("keys")
    assert said.code == 1, "one does not answer"
    first, second = place.sshds
    lines = sorted(sshd.known_hosts.strip() for sshd in place.sshds)
    assert said.out.splitlines() == ["# who is who", *lines]
    assert said.err.splitlines()[0] == "known_hosts: 2 new, 0 CHANGED, 0 as committed, 1 did not answer."
    assert f"new      [127.0.0.1]:{first.port}  ssh-ed25519 {first.host_key.get_fingerprint()}" in said.err
    assert f"silent   [127.0.0.1]:{place.nobody}: connection refused" in said.err
    place.known_hosts.write_text(said.out)
    place.commit()
    again = place.tell("keys", "-l", "name in (web-01, web-02)")
    assert (again.code, again.out) == (0, said.out)
    assert "2 as committed" in again.err
    second.stop()
    second.host_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    second.start()
    changed = place.tell("keys", "-l", "name=web-02")
    assert changed.code == 1
    assert f"CHANGED  [127.0.0.1]:{second.port}  ecdsa-sha2-nistp256 " in changed.err
    kept = {first.known_hosts.strip(), second.known_hosts.strip(), "# who is who"}
    assert set(changed.out.splitlines()) == kept


def test_a_file_that_the_shell_has_emptied_is_read_from_the_commit(place: Place) -> None:
    place.known_hosts.write_text("@cert-authority *.example.net " + _a_key())
    place.commit()
    place.known_hosts.write_text("")  # as `>known_hosts` does before we begin
    assert "@cert-authority" in place.tell("keys", "-l", "name=web-01").out


def test_a_fleet_is_examined_and_nothing_on_it_changes(place: Place) -> None:
    place.known_hosts.write_text("".join(sshd.known_hosts for sshd in place.sshds))
    said = place.tell("check")
    assert said.code == 1
    assert re.match(r"2 of 3 devices are fit\. Half of them answered within \d+\.\d\d s", said.out), said
    assert f"connection refused (port {place.nobody}): web-03" in said.out
    asked = place.tell("check", "--format", "json").json if said.code == 1 else {}
    by_name = {device["name"]: device for device in asked["devices"]}
    assert asked["fit"] == 2
    assert by_name["web-01"]["missing"] == []
    assert by_name["web-01"]["shell"]
    assert list(place.root.rglob("*")) == [place.root / f"web-0{number}" for number in (1, 2, 3)] or not any(
        path.is_file() for path in place.root.rglob("*")
    )
    assert place.tell("check", "-l", "name!=web-03").code == 0


def test_what_devices_lack_is_said_once_with_how_to_mend_it(place: Place) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    said = place.tell("check", "-l", "name!=web-03", key=stranger)
    assert said.code == 1
    assert said.out.splitlines()[0] == "0 of 2 devices are fit."
    assert "it; collect it and compare it: tidegate fleet keys: web-01 web-02" in said.out
    place.known_hosts.write_text("".join(sshd.known_hosts for sshd in place.sshds))
    said = place.tell("check", "-l", "name!=web-03", key=stranger)
    assert "is not let in: no such user, or our key is not among its authorized keys: web-01 web-02" in said.out


def test_a_key_that_is_not_there_is_ours(place: Place) -> None:
    said = place.tell("check", key=b"")
    assert said.code == 2
    assert "secret `ssh-key` is empty" in said.err
    assert json.dumps(place.sshds[0].private_key.decode())[30:60] not in said.err


def _a_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
