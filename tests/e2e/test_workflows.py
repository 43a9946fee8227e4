"""The real workflows, as `init` writes them, run by `act` in containers against a real fleet: one story, in order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from e2e.fleet import Machine
from e2e.shop import Shop
from fakes.github.state import Check

CONF = "/etc/nginx/conf.d/site.conf"
SOURCE = "components/web/files/site.conf.j2"
STATE = "/var/lib/tidegate"
HEALTHY = 'return 200 "one\\n";'
MENDED = (
    (SOURCE, "# version 3", "# version 4"),
    (SOURCE, 'return {{ 500 if device.labels.env == "production" else 200 }}', "return 200"),
)
pytestmark = pytest.mark.integration

OK, FAILED = "success", "failure"


def runs(machine: Machine) -> str:
    """The first line of the configuration that lies there."""
    return machine.read(CONF).partition("\n")[0]


def until(come: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)  # each look starts a program in a container


def where(shop: Shop, wave: str) -> list[Machine]:
    """The devices of a wave, as the plan has them that `tidegate plan` makes now."""
    plan = json.loads(shop.tidegate("plan", "--format", "json"))
    members = next(each["members"] for each in plan["covered"]["waves"] if each["name"] == wave)
    return [shop.fleet.machines[name] for name in members]


MODE = (
    "components/web/component.yaml",
    "  /etc/nginx/conf.d/site.conf: files/site.conf.j2",
    "  /etc/nginx/conf.d/site.conf: {from: files/site.conf.j2, mode: '0666'}",
)


def faults(check: Check) -> set[tuple[str, int, str]]:
    """File, line and rule of the annotations that say what is wrong."""
    return {
        (each["path"], each["start_line"], each["title"])
        for each in check.annotations
        if each["annotation_level"] == FAILED
    }


class TestPullRequests:
    def test_a_schema_error_and_a_policy_violation_are_annotated_on_their_lines(self, shop: Shop) -> None:
        proposal = shop.propose("A rack, an open file", ("inventory/racks.yaml", "units: 42", "units: many"), MODE)
        run = shop.validate(proposal)
        assert run.code != 0, run.log[-30:]
        (check,) = [each for each in shop.github.state.checks if each.head == proposal.head]
        assert check.body["conclusion"] == FAILED
        assert faults(check) == {("inventory/racks.yaml", 2, "schema"), ("components/web/component.yaml", 4, "modes")}

    def test_one_that_weakens_its_own_policy_stays_red(self, shop: Shop) -> None:
        weaker = ("tidegate.yaml", "checks:\n", "checks:\n  policies: [tidegate:baseline/rollout]\n")
        proposal = shop.propose("Fewer policies", weaker, MODE)
        run = shop.validate(proposal)
        assert run.code != 0, run.log[-30:]
        (check,) = [each for each in shop.github.state.checks if each.head == proposal.head]
        assert faults(check) == {("components/web/component.yaml", 4, "modes")}

    def test_a_good_one_is_green_and_shows_its_plan(self, shop: Shop) -> None:
        proposal = shop.propose("Version two", (SOURCE, "# version 1", "# version 2"))
        run = shop.validate(proposal)
        assert run.code == 0, run.log[-30:]
        (check,) = [each for each in shop.github.state.checks if each.head == proposal.head]
        assert check.body["conclusion"] == OK
        assert "9 of 9 devices" in check.body["output"]["title"] + check.body["output"]["summary"]


class TestRollouts:
    """One after another: each begins where the one before has left the fleet."""

    def test_a_merge_is_rolled_out_and_one_device_goes_back_alone(self, shop: Shop) -> None:
        commit = shop.merge(shop.propose("Version two", (SOURCE, "# version 1", "# version 2")))
        unlucky = where(shop, "everyone")[-1]
        by_hand = unlucky.read(CONF)
        unlucky.run("/bin/sh", "/squat", "8081")  # somebody else's program has the port that the change opens

        run = shop.deploy(commit, approved_by="grace").wait()

        jobs = ("plan", "staging", "approve-canary", "canary", "production", "settle")
        assert run.results == dict.fromkeys(jobs, OK), run.log[-60:]
        for machine in shop.machines:
            assert machine is unlucky or runs(machine) == "# version 2", machine.name
        assert unlucky.read(CONF) == by_hand
        checks = shop.checks(commit)
        for machine in shop.machines:
            (found,) = [said for name, said in checks.items() if name.endswith(f"/ {machine.name}")]
            assert found[0] == (FAILED if machine is unlucky else OK), (machine.name, found)
        assert '"result":"partial"' in shop.record()
        shop.tidegate("audit", "verify")
        unlucky.run("nginx", "-c", "/etc/squat.conf", "-s", "stop")

    def test_last_weeks_run_started_again_contacts_nobody(self, shop: Shop) -> None:
        before = {machine.name: machine.logins() for machine in shop.machines}
        assert all(before.values()), "a rollout came before, and was seen"
        run = shop.deploy(shop.git("rev-parse", "main^1"), approved_by="grace").wait()
        assert run.results["plan"] == OK, run.log[-30:]
        assert not {"staging", "canary", "production"} & run.results.keys()
        assert "uperseded" in run.said("plan")
        assert {machine.name: machine.logins() for machine in shop.machines} == before

    def test_one_that_breaks_health_stops_at_the_canary_and_goes_back(self, shop: Shop) -> None:
        broken = 'return {{ 500 if device.labels.env == "production" else 200 }} "three\\n";'
        commit = shop.merge(
            shop.propose("Version three", (SOURCE, "# version 2", "# version 3"), (SOURCE, HEALTHY, broken))
        )
        canary = where(shop, "canary")
        rest = [each for each in shop.machines if "-prod-" in each.name and each not in canary]
        before = {each.name: (runs(each), each.logins()) for each in rest}

        run = shop.deploy(commit, approved_by="grace").wait()

        assert run.code != 0
        assert run.results["staging"] == OK, run.log[-60:]
        assert run.results["canary"] == FAILED
        assert "production" not in run.results
        assert [runs(each) for each in canary] == ["# version 2"]
        assert {each.name: (runs(each), each.logins()) for each in rest} == before
        assert any("500" in title for _, title in shop.checks(commit).values())

    def test_a_leg_killed_in_the_middle_and_run_again_has_the_same_end(self, shop: Shop) -> None:
        commit = shop.merge(shop.propose("Version four", *MENDED))
        held = shop.fleet.machines["muc-stg-01"]
        held.run("touch", "/hold")
        acting = shop.deploy(commit, approved_by="grace")
        until(lambda: held.run("sh", "-c", f"ls {STATE}/tx/armed 2>&- || true") != "")
        acting.kill()
        shop.clear()
        held.run("rm", "/hold")

        run = shop.deploy(commit, run=acting.run, attempt=2).wait()

        assert set(run.results.values()) == {OK}, run.log[-60:]
        assert {runs(each) for each in shop.machines} == {"# version 4"}
        assert '"result":"succeeded"' in shop.record()

    def test_without_an_approval_it_is_held_and_goes_on_with_one(self, shop: Shop) -> None:
        commit = shop.merge(shop.propose("Version five", (SOURCE, "# version 4", "# version 5")))
        production = [each for each in shop.machines if "-prod-" in each.name]

        acting = shop.deploy(commit)
        run = acting.wait()
        assert run.results == {"plan": OK, "staging": OK, "approve-canary": FAILED, "settle": OK}, run.log[-60:]
        assert "waits: 1 approval more of `canary-approval`; so far: nobody" in run.said("approve-canary")
        assert "has not ended: it waits for 1 approval of `canary`" in run.said("settle")
        assert {runs(each) for each in production} == {"# version 4"}

        run = shop.deploy(commit, approved_by="grace", run=acting.run, attempt=2).wait()
        assert set(run.results.values()) == {OK}, run.log[-60:]
        assert {runs(each) for each in shop.machines} == {"# version 5"}
