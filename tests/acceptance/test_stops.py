"""A running deploy that is killed, interrupted, paused or aborted, and taken up again by another process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from team import COMPONENT, OTHER, Team

WAITING = COMPONENT.replace("activate: ", 'activate: while test -e "$TIDEGATE_ROOT/wait"; do sleep 0.05; done && ')
LONGEST = 60.0


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team whose fleet runs version 1; a device with a file `wait` in its root activates when it is gone."""
    team = Team(tmp_path)
    team.write("components/app/component.yaml", WAITING)
    team.push("activation that can be made to wait")
    assert team.tidegate("audit", "init").code == 0
    said = team.tidegate("deploy")
    assert said.code == 0, said.whole
    yield team
    for name in team.names:
        (team.root(name) / "wait").unlink(missing_ok=True)


def until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.02)


def deploying(team: Team, waits_at: str) -> subprocess.Popen[str]:
    """Version 2 on its way, in the middle of the activation of one device."""
    team.version(2)
    (team.root(waits_at) / "wait").touch()
    running = team.start("deploy")
    until(lambda: team.disk()[waits_at] == "version 2\n" or running.poll() is not None, f"{waits_at} is switched")
    assert running.poll() is None, running.communicate()
    return running


def go(team: Team, device: str) -> None:
    (team.root(device) / "wait").unlink()


def ended(running: subprocess.Popen[str]) -> str:
    return "".join(running.communicate(timeout=LONGEST))


def newest(team: Team) -> dict[str, object]:
    found: dict[str, object] = team.tidegate("status", "--format", "json").json["shop/default"]
    return found


def blamed(team: Team) -> list[str]:
    devices = newest(team)["devices"]
    assert isinstance(devices, dict)
    return [name for name, device in devices.items() if device["failed"]]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_killed_in_the_middle_it_ends_as_if_it_had_not_been(team: Team, tmp_path: Path, elsewhere: bool) -> None:
    running = deploying(team, "web-2")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert "was cut off" in team.tidegate("status").out
    go(team, "web-2")
    environ = {"TIDEGATE_STATE": str(tmp_path / "another machine's memory")} if elsewhere else {}
    again = team.start("resume", environ=environ)
    said = ended(again)
    assert again.returncode == 0, said
    assert team.disk() == team.loaded() == dict.fromkeys(team.names, "version 2\n")
    assert (newest(team)["result"], blamed(team)) == ("succeeded", [])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_writes_down_what_it_knows_and_is_taken_up(team: Team, number: int, code: int) -> None:
    running = deploying(team, "web-2")
    os.kill(running.pid, number)
    said = ended(running)
    assert running.returncode == code, said
    assert "is held" in said
    assert newest(team)["stage"] == "held"
    go(team, "web-2")
    hold = newest(team)["hold"]
    assert isinstance(hold, dict)
    again = team.tidegate("resume", "--hold", str(hold["hold"]), "--go", "it was me")
    assert again.code == 0, again.whole
    assert team.disk() == team.loaded() == dict.fromkeys(team.names, "version 2\n")
    assert blamed(team) == []


def test_abort_from_another_process_takes_it_back(team: Team) -> None:
    running = deploying(team, "web-2")
    said = team.tidegate("abort", "--why", "smoke")
    assert (said.code, "stop and go back" in said.out) == (0, True), said.whole
    go(team, "web-2")
    out = ended(running)
    assert running.returncode == 1, out
    assert "ada@example.org: smoke" in out
    assert team.disk()["web-2"] == team.loaded()["web-2"] == "version 1\n"


def test_pause_from_another_process_stays_and_an_answer_goes_on(team: Team) -> None:
    running = deploying(team, "web-1")
    assert team.tidegate("pause", "--why", "lunch").code == 0
    go(team, "web-1")
    out = ended(running)
    assert running.returncode == 5, out
    assert team.disk() == {
        "stg-1": "version 2\n", "web-1": "version 2\n", "web-2": "version 1\n", "web-3": "version 1\n",
    }  # fmt: skip
    hold = newest(team)["hold"]
    assert isinstance(hold, dict)
    said = team.tidegate("resume", "--hold", str(hold["hold"]), "--go", "back from lunch")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == dict.fromkeys(team.names, "version 2\n")


def test_an_answer_to_another_hold_is_refused(team: Team) -> None:
    team.version(2)
    (team.root("stg-1") / "etc/app.conf").write_text("by hand\n")
    assert team.tidegate("deploy").code == 5
    said = team.tidegate("resume", "--hold", "1", "--go", "why not")
    assert (said.code, "is not the newest" in said.err) == (1, True), said.whole


def test_a_second_deploy_waits_for_its_turn_and_writes_nothing(team: Team) -> None:
    running = deploying(team, "web-2")
    before = team.git("rev-parse", "tidegate-audit", here=team.remote)
    said = team.tidegate("deploy")
    assert (said.code, "waits for its turn" in said.err) == (5, True), said.whole
    assert team.git("rev-parse", "tidegate-audit", here=team.remote) == before
    go(team, "web-2")
    ended(running)
    assert running.returncode == 0


def gated(team: Team) -> None:
    team.change("tidegate.yaml", "{name: everyone,", "{name: everyone, environment: production, approvals: 1,")


def test_a_wave_waits_for_an_approval_that_is_not_the_authors(team: Team) -> None:
    gated(team)
    team.version(2)
    said = team.tidegate("deploy")
    assert said.code == 5, said.whole
    assert "it waits for 1 approval of `production`" in said.out
    said = team.tidegate("approve", "--environment", "production")
    assert (said.code, "nobody approves their own change" in said.err) == (1, True), said.whole
    assert team.disk()["web-2"] == "version 1\n"
    team.git("config", "user.email", OTHER)
    assert team.tidegate("approve", "--environment", "staging").code == 2
    said = team.tidegate("approve", "--environment", "production", "--why", "looks good")
    assert said.code == 0, said.whole
    assert team.disk() == dict.fromkeys(team.names, "version 2\n")
    said = team.tidegate("approve")
    assert (said.code, "nothing is going on" in said.err) == (1, True)


def test_a_rejection_ends_it_and_keeps_what_is_confirmed(team: Team) -> None:
    gated(team)
    team.version(2)
    assert team.tidegate("deploy").code == 5
    team.git("config", "user.email", OTHER)
    said = team.tidegate("approve", "--reject", "--why", "not on a Friday")
    assert said.code == 1, said.whole
    assert newest(team)["result"] == "stopped"
    assert team.disk()["stg-1"] == "version 2\n"


def test_legs_run_the_waves_of_their_environment_and_no_others(team: Team) -> None:
    gated(team)
    team.version(2)
    opened = team.tidegate("deploy", "--open", "--format", "json")
    assert opened.code == 0, opened.whole
    assert (opened.json["decision"], opened.json["next"], opened.json["ask"]) == ("next", "staging", "")
    assert team.disk() == dict.fromkeys(team.names, "version 1\n")
    rollout = opened.json["rollout"]
    again = team.tidegate("deploy", "--open", "--format", "json")
    assert (again.json["rollout"], again.json["next"]) == (rollout, "staging")
    early = team.tidegate("deploy", "--environment", "production", "--rollout", rollout, "--format", "json")
    assert (early.code, early.json["exit"], early.json["next"]) == (5, "5", "staging"), early.whole
    assert team.disk() == dict.fromkeys(team.names, "version 1\n")
    leg = team.tidegate("deploy", "--environment", "staging", "--rollout", rollout, "--format", "json")
    assert leg.code == 0, leg.whole
    assert (leg.json["decision"], leg.json["ask"], leg.json["exit"]) == ("ask", "production", "0")
    assert team.disk()["web-1"] == "version 2\n"
    closed = team.tidegate("deploy", "--environment", "production", "--rollout", rollout)
    assert closed.code == 5, closed.whole
    assert team.disk()["web-2"] == "version 1\n"


def test_a_leg_that_is_held_in_its_wave_is_not_done(team: Team) -> None:
    (team.root("stg-1") / "etc/app.conf").write_text("by hand\n")
    team.version(2)
    rollout = team.tidegate("deploy", "--open", "--format", "json").json["rollout"]
    leg = team.tidegate("deploy", "--environment", "staging", "--rollout", rollout, "--format", "json")
    assert (leg.code, leg.json["exit"], leg.json["decision"]) == (5, "5", "hold"), leg.whole


def test_a_leg_that_is_done_says_the_same_when_it_runs_again(team: Team) -> None:
    gated(team)
    team.version(2)
    rollout = team.tidegate("deploy", "--open", "--format", "json").json["rollout"]
    words = ("deploy", "--environment", "staging", "--rollout", rollout, "--format", "json")
    first, again = team.tidegate(*words), team.tidegate(*words)
    assert (first.code, again.code) == (0, 0), again.whole
    assert first.json == again.json


def test_wake_takes_up_what_a_dead_job_left(team: Team) -> None:
    assert team.tidegate("wake").out.startswith("Nothing can go on by itself.")
    running = deploying(team, "web-3")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    go(team, "web-3")
    said = team.tidegate("wake")
    assert said.code == 0, said.whole
    assert team.disk() == team.loaded() == dict.fromkeys(team.names, "version 2\n")


def test_wake_leaves_what_waits_for_a_person(team: Team) -> None:
    gated(team)
    team.version(2)
    assert team.tidegate("deploy").code == 5
    said = team.tidegate("wake")
    assert (said.code, said.out.startswith("Nothing can go on by itself.")) == (0, True), said.whole


def test_a_runner_that_slept_through_its_lease_does_nothing_more(team: Team) -> None:
    asleep = deploying(team, "web-2")
    os.kill(asleep.pid, signal.SIGSTOP)
    before = lease(team)
    awake = team.start("resume", "--now")
    until(lambda: lease(team) != before, "another one has the lease")
    go(team, "web-2")
    out = ended(awake)
    assert awake.returncode == 0, out
    tip, disks = team.git("rev-parse", "tidegate-audit", here=team.remote), states(team)
    os.kill(asleep.pid, signal.SIGCONT)
    out = ended(asleep)
    assert asleep.returncode == 3, out
    assert "took the lease" in out or "newer runner" in out or "slept" in out
    assert (team.git("rev-parse", "tidegate-audit", here=team.remote), states(team)) == (tip, disks)
    assert (newest(team)["result"], blamed(team)) == ("succeeded", [])


def lease(team: Team) -> object:
    return newest(team)["lease"]


def states(team: Team) -> dict[str, bytes]:
    """Every byte on every device."""
    files = (path for path in sorted((team.top / "devices").rglob("*")) if path.is_file())
    return {str(path): path.read_bytes() for path in files}
