"""What is wrong outside: secrets, people without a name, a record that is missing, shortened, or out of reach."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from planting import Planted
from team import COMPONENT, Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path / "team")
    assert team.tidegate("audit", "init").code == 0
    return team


def tip(team: Team) -> str:
    return team.git("rev-parse", "tidegate-audit", here=team.remote).strip()


def test_without_an_audit_branch_nothing_is_deployed(tmp_path: Path) -> None:
    team = Team(tmp_path)
    said = team.tidegate("deploy")
    assert (said.code, "tidegate audit init" in said.err) == (3, True), said.whole
    said = team.tidegate("plan")
    assert (said.code, "all of it counts as new" in said.out) == (0, True), said.whole


def test_a_shortened_record_is_noticed_and_nothing_starts(team: Team) -> None:
    assert team.tidegate("deploy").code == 0
    team.git("update-ref", "refs/heads/tidegate-audit", f"{tip(team)}~2", here=team.remote)
    before = tip(team)
    team.version(2)
    said = team.tidegate("deploy")
    assert (said.code, "tidegate audit verify" in said.err) == (3, True), said.whole
    assert (tip(team), team.disk()["stg-1"]) == (before, "version 1\n")


def test_a_record_that_vanished_is_no_first_run(team: Team) -> None:
    assert team.tidegate("deploy").code == 0
    team.git("update-ref", "-d", "refs/heads/tidegate-audit", here=team.remote)
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 3, said.whole
    assert team.disk()["stg-1"] == "version 1\n"


def test_a_remote_that_is_away_stops_it_before_it_begins(team: Team) -> None:
    team.version(2)
    team.remote.rename(team.top / "away.git")
    said = team.tidegate("deploy")
    assert (said.code, "cannot be reached" in said.err) == (3, True), said.whole


def test_nobody_is_no_one_who_may_deploy(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.git("config", "--unset", "user.email")
    said = team.tidegate("deploy", environ={"HOME": str(team.top), "XDG_CONFIG_HOME": str(team.top)})
    assert (said.code, "user.email" in said.err) == (2, True), said.whole


def with_a_secret(team: Team) -> None:
    team.change("tidegate.yaml", "name: shop\n", "name: shop\nsecrets: {password: {env: APP_PASSWORD}}\n")
    team.write("components/app/files/app.conf.j2", "password {{ secret('password') | quote }}\n")
    team.push("with a secret")


def test_an_empty_secret_stops_it_before_anything_is_opened(team: Team) -> None:
    with_a_secret(team)
    before = tip(team)
    for environ in ({}, {"APP_PASSWORD": ""}):
        said = team.tidegate("deploy", environ=environ)
        assert (said.code, "secret `password` is empty (env: APP_PASSWORD)" in said.err) == (2, True), said.whole
    assert (tip(team), team.disk()["stg-1"]) == (before, None)


def test_a_secret_is_on_devices_and_nowhere_else(team: Team, planted: Planted) -> None:
    planted.allowed.append(team.top / "devices")
    with_a_secret(team)
    environ = {"APP_PASSWORD": planted.value}
    for words in (("plan",), ("deploy",), ("status",), ("audit", "log")):
        said = team.tidegate(*words, environ=environ)
        assert said.code == 0, said.whole
        assert not planted.shows_in(said.whole.encode())
    rollout = team.tidegate("status", "--format", "json").json["shop/default"]["rollout"]
    assert not planted.shows_in(team.tidegate("audit", "show", rollout).whole.encode())
    assert planted.value in (team.root("web-1") / "etc/app.conf").read_text()
    team.git("gc", "--quiet", here=team.remote)
    assert not planted.shows_in(team.git("log", "--patch", "tidegate-audit", here=team.remote).encode())


def test_a_secret_is_in_nobodys_arguments(team: Team, planted: Planted) -> None:
    """Its activation looks at the arguments of every process there is, while it is staged and applied."""
    planted.allowed.append(team.top / "devices")
    with_a_secret(team)
    look = 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " >"$TIDEGATE_ROOT/arguments" || true'
    team.write("components/app/component.yaml", COMPONENT.replace("activate: ", f"activate: {look}; "))
    team.push("an activation that looks around")
    said = team.tidegate("deploy", environ={"APP_PASSWORD": planted.value})
    assert said.code == 0, said.whole
    seen = (team.root("web-1") / "arguments").read_bytes()
    assert b"sh" in seen
    assert not planted.shows_in(seen)


def test_a_remote_that_goes_away_in_the_middle_starts_no_further_wave(team: Team) -> None:
    assert team.tidegate("deploy").code == 0
    wait = COMPONENT.replace("activate: ", 'activate: while test -e "$TIDEGATE_ROOT/wait"; do sleep 0.05; done && ')
    team.write("components/app/component.yaml", wait)
    team.version(2)
    (team.root("web-1") / "wait").touch()
    running = team.start("deploy")
    while team.disk()["web-1"] != "version 2\n":
        assert running.poll() is None, running.communicate()
    away = team.top / "away.git"
    team.remote.rename(away)
    (team.root("web-1") / "wait").unlink()
    while team.loaded()["web-1"] != "version 2\n":
        assert running.poll() is None, running.communicate()
    os.kill(running.pid, signal.SIGINT)
    said = "".join(running.communicate(timeout=60))
    assert running.returncode == 3, said
    assert team.disk()["web-2"] == team.disk()["web-3"] == "version 1\n"
    away.rename(team.remote)
    again = team.tidegate("resume")
    assert again.code == 0, again.whole
    assert team.disk() == team.loaded() == dict.fromkeys(team.names, "version 2\n")


def test_no_process_of_ours_is_left_behind(team: Team) -> None:
    assert team.tidegate("deploy").code == 0
    seen = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in seen.splitlines() if str(team.top) in line], seen
