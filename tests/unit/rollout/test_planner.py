"""What a plan says of a change: who changes, how the waves go, what is covered, and what refuses it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from planning import NEW, OLD, THREE, a_component, a_device, a_project, a_wave, answer, planned, refused, sizes, wants
from tidegate.model.canonical import NONE
from tidegate.model.plan import Kind, Plan, PlannedComponent
from tidegate.model.plan_file import parse_plan, plan_bytes, plan_json
from tidegate.model.project import Approvals, Project, Wave
from tidegate.model.value import Amount
from tidegate.model.wanted import Wish
from tidegate.rollout.planner import Refused, rollback_plan

FLEET = "ber-stg-01 muc-stg-01 ber-web-01 ber-web-02 ber-web-03 muc-web-01 muc-web-02"
RUNS_NEW = {"nginx": NEW}
names = st.lists(
    st.sampled_from([f"{site}-{role}-{n:02}" for site in ("ber", "muc") for role in ("stg", "web") for n in range(12)]),
    unique=True,
)


# Who changes.


def test_only_devices_whose_record_differs_are_in_the_plan() -> None:
    made = planned(a_project(FLEET), {"ber-web-01": {"nginx": NEW}, "ber-web-02": {"nginx": OLD}})
    assert "ber-web-01" not in made.devices
    assert made.before["ber-web-02"] == {"nginx": OLD}
    assert made.before["muc-web-01"] == {"nginx": NONE}
    assert len(made.devices) == 6


def test_of_several_components_only_those_that_differ_are_changed() -> None:
    project = a_project(FLEET, THREE, a_component("nginx"), a_component("motd", "site=ber"))
    made = planned(project, {"ber-web-01": {"nginx": NEW}, "muc-web-01": {"nginx": OLD}})
    assert made.devices["ber-web-01"].to == {"motd": NEW}
    assert made.devices["muc-web-01"].to == {"nginx": NEW}
    assert made.devices["ber-web-02"].to == {"motd": NEW, "nginx": NEW}


def test_components_of_a_device_may_take_as_long_as_one_after_another() -> None:
    project = a_project(FLEET, THREE, a_component("nginx"), a_component("motd", "site=ber"))
    made = planned(project, wanted=wants(project, timeout=40))
    assert made.devices["ber-web-01"].timeout == 80
    assert made.devices["muc-web-01"].timeout == 40


def test_components_of_another_strategy_are_left_to_their_own_plan() -> None:
    project = a_project(FLEET, THREE, a_component("nginx"), a_component("motd", strategy="patches"))
    assert set(planned(project).components) == {"nginx"}


def test_nothing_differs_is_a_plan_of_no_devices() -> None:
    made = planned(a_project(FLEET), dict.fromkeys(FLEET.split(), RUNS_NEW))
    assert (made.devices, made.components) == ({}, {})
    assert sizes(made) == {"staging": 0, "canary": 0, "everyone": 0}
    assert (made.proves, made.risks) == ({}, {"at_once": 0, "late": 0})


# Waves.


def test_a_wave_in_which_nothing_changes_stays_in_the_plan() -> None:
    made = planned(a_project(FLEET), {"ber-stg-01": RUNS_NEW, "muc-stg-01": RUNS_NEW})
    assert sizes(made) == {"staging": 0, "canary": 1, "everyone": 4}


def test_who_changes_nothing_does_not_move_the_others() -> None:
    few, many = a_project(FLEET), a_project(f"{FLEET} ber-web-77 muc-stg-88")
    runs = {"ber-web-77": RUNS_NEW, "muc-stg-88": RUNS_NEW}
    assert planned(few).digest == planned(many, runs).digest


def test_a_leg_is_named_by_its_environment_or_by_its_first_wave() -> None:
    waves = (
        a_wave("first", "env=staging"),
        a_wave("second", "env=staging"),
        a_wave("canary", "env=production", "1", environment="production"),
        a_wave("rest", "env=production", environment="production"),
    )
    made = planned(a_project(FLEET, waves))
    assert [wave.leg for wave in made.waves] == ["first", "first", "production", "production"]
    assert [wave.environment for wave in made.waves] == ["", "", "production", "production"]


def test_staging_is_what_selects_nothing_of_production() -> None:
    waves = (a_wave("staging", "env=staging"), a_wave("mixed", "all", "3"), a_wave("rest", "all"))
    assert [wave.staging for wave in planned(a_project(FLEET, waves)).waves] == [True, False, False]


def allowed(max_failures: str, *counts: int) -> list[int]:
    """Of a staging wave and production waves of so many devices."""
    up_to = [sum(counts[1 : index + 1]) for index in range(1, len(counts))]
    waves = [
        a_wave("staging", "env=staging"),
        *(a_wave(f"w{at}", "env=production", str(number)) for at, number in enumerate(up_to)),
    ]
    fleet = [a_device(f"ber-stg-{at:03}") for at in range(counts[0])]
    fleet += [a_device(f"ber-web-{at:03}") for at in range(sum(counts[1:]))]
    lane = [replace(wave, max_failures=Amount.parse(max_failures)) for wave in waves]
    return [wave.allowed for wave in planned(a_project(fleet, lane)).waves]


def test_a_share_of_failures_is_rounded_down_and_at_least_one_after_the_canary() -> None:
    assert allowed("2%", 40, 40, 40, 120) == [0, 0, 1, 2]


def test_a_number_of_failures_is_what_it_says() -> None:
    assert allowed("0", 5, 5, 40) == [0, 0, 0]
    assert allowed("3", 5, 2, 40) == [3, 2, 3]


def test_a_share_of_no_failures_stays_none() -> None:
    assert allowed("0%", 5, 5, 40) == [0, 0, 0]


def test_where_the_canary_changes_nothing_the_next_wave_is_it() -> None:
    waves = (a_wave("canary", "name=ber-web-01"), a_wave("rest", "env=production"))
    made = planned(a_project("ber-web-01 ber-web-02 ber-web-03", waves), {"ber-web-01": RUNS_NEW})
    assert [wave.allowed for wave in made.waves] == [0, 0]


def test_what_may_be_unreached_is_a_share_of_the_wave() -> None:
    made = planned(a_project([a_device(f"ber-web-{at:02}") for at in range(30)], [a_wave("all")]))
    assert made.waves[0].unreachable == 3


def gated(*waves: Wave, runs: Mapping[str, Mapping[str, str]] | None = None) -> list[tuple[int, tuple[str, ...]]]:
    return [(wave.approvals, wave.approvers) for wave in planned(a_project(FLEET, waves), runs).waves]


ONE = Approvals(1, ("ada",))
CANARY = a_wave("canary", "name=ber-web-01", environment="production", approvals=ONE)
REST = a_wave("rest", "env=production", environment="production")


def test_people_are_asked_before_the_first_wave_of_a_leg() -> None:
    assert gated(THREE[0], CANARY, REST) == [(0, ()), (1, ("ada",)), (0, ())]


def test_a_first_wave_of_nobody_hands_its_approvals_on() -> None:
    runs = {"ber-web-01": RUNS_NEW}
    assert gated(THREE[0], CANARY, REST, runs=runs) == [(0, ()), (0, ()), (1, ("ada",))]


def test_approvals_are_not_handed_on_to_another_leg() -> None:
    runs = {"ber-web-01": RUNS_NEW}
    other = replace(REST, environment="elsewhere")
    assert gated(THREE[0], CANARY, other, runs=runs) == [(0, ()), (0, ()), (0, ())]


# What looks at whom, what it proves and risks.


def test_the_probes_of_a_component_look_at_devices_on_which_it_changes() -> None:
    waves = (a_wave("everyone", health=("serves",)),)
    project = a_project(FLEET, waves, a_component("nginx", health=("up",)), a_component("motd", "site=ber"))
    made = planned(project, {"ber-web-01": {"nginx": NEW}})
    assert made.health_of("ber-web-01") == ("serves",)
    assert made.health_of("muc-web-01") == ("serves", "up")
    assert made.health_by_wave == {"everyone": ("serves", "up")}


def test_definitions_of_the_probes_are_in_the_plan() -> None:
    project = a_project(FLEET, (a_wave("everyone", health=("serves",)),), a_component("nginx", health=("up",)))
    made = planned(project)
    assert sorted(made.probes) == ["serves", "up"]
    assert made.probes["serves"]["value"] == "http://{{ device.host }}/healthz"
    slower = replace(project, probes={**project.probes, "up": replace(project.probes["up"], interval=60)})
    assert planned(slower).digest != made.digest


def test_a_clean_wave_proves_what_the_devices_of_its_leg_do_together() -> None:
    fleet = [a_device(f"ber-{role}-{at:02}") for role in ("stg", "web") for at in range(10)]
    waves = (a_wave("staging", "env=staging"), a_wave("canary", "env=production", "5"), a_wave("rest", "all"))
    assert planned(a_project(fleet, waves)).proves == {"staging": "0.259", "canary": "0.451", "rest": "0.259"}
    apart = (waves[0], waves[1], replace(waves[2], environment="production"))
    assert planned(a_project(fleet, apart)).proves["rest"] == "0.451"


def test_the_risks_are_those_of_the_worst_wave() -> None:
    fleet = [a_device(f"ber-web-{at:02}") for at in range(40)]
    waves = (a_wave("canary", up_to="10", max_parallel=20), a_wave("rest", max_parallel=5, max_failures="3"))
    assert planned(a_project(fleet, waves)).risks == {"at_once": 10, "late": 30}


# What is covered.


def reordered(project: Project, chance: random.Random) -> Project:
    def shuffled(map_: Mapping[str, object]) -> dict[str, object]:
        return dict(chance.sample(list(map_.items()), len(map_)))

    return replace(project, fleet=shuffled(project.fleet), components=shuffled(project.components))  # type: ignore[arg-type]


@given(names, st.randoms(use_true_random=False))
def test_the_order_of_maps_changes_nothing(fleet: list[str], chance: random.Random) -> None:
    parts = (a_component("nginx"), a_component("motd", "site=ber"), a_component("chrony"))
    project = a_project(" ".join(fleet), THREE, *parts, spread=("site",))
    other = reordered(project, chance)
    assert plan_bytes(planned(other)) == plan_bytes(planned(project))


@given(names, st.sets(st.integers(0, 47)))
def test_every_changing_device_is_in_exactly_one_wave_and_the_plan_is_read_back(
    fleet: list[str], current: set[int]
) -> None:
    runs = {name: RUNS_NEW for at, name in enumerate(fleet) if at in current}
    made = planned(a_project(" ".join(fleet), spread=("site",)), runs)
    assert sorted(name for wave in made.waves for name in wave.members) == sorted(made.devices)
    assert set(made.devices) == set(fleet) - set(runs)
    assert parse_plan(json.loads(plan_bytes(made))) == made


@given(names, st.integers(1, 6))
def test_devices_in_no_wave_are_refused_and_named(fleet: list[str], up_to: int) -> None:
    waves = (a_wave("staging", "env=staging"), a_wave("some", "env=production", str(up_to)))
    made = answer(a_project(" ".join(fleet), waves))
    production = sum("-web-" in name for name in fleet)
    if production <= up_to:
        assert isinstance(made, Plan)
    else:
        assert isinstance(made, Refused)
        assert [len(brake.devices) for brake in made.brakes] == [production - up_to]
        assert set(made.brakes[0].devices).isdisjoint(name for wave in made.plan.waves for name in wave.members)


def test_merge_squash_and_rebase_make_one_plan() -> None:
    project = a_project(FLEET)
    made = planned(project, {"ber-web-01": {"nginx": OLD}}, revision="a" * 40, policies="sha256:p", tool="0.1.0")
    later = planned(project, {"ber-web-01": {"nginx": "sha256:older"}}, revision="b" * 40, policies="", tool="0.2.0")
    assert made.digest == later.digest
    assert plan_json(made) != plan_json(later)


def change(wanted: Wish) -> str:
    return planned(a_project(FLEET), wanted=wanted).components["nginx"].change


def test_the_change_digest_is_of_devices_artifacts_commands_and_reach() -> None:
    project = a_project(FLEET)
    before = wants(project)
    of = before.devices["ber-web-01"]["nginx"]

    def with_(**fields: str) -> Wish:
        return Wish({**before.devices, "ber-web-01": {"nginx": replace(of, **fields)}}, before.reach)  # type: ignore[arg-type]

    others = [
        with_(artifact="sha256:other"),
        with_(commands="sha256:other"),
        Wish(before.devices, {**before.reach, "ber-web-01": "sha256:moved"}),
        Wish({name: parts for name, parts in before.devices.items() if name != "ber-web-01"}, before.reach),
    ]
    assert len({change(before), *map(change, others)}) == 5
    assert change(wants(project)) == change(before)


# Brakes.


def test_a_plan_larger_than_max_devices_is_refused_with_what_it_would_do() -> None:
    made = refused(a_project(FLEET, max_devices=Amount.parse("50%")))
    brake = made.brakes[0]
    assert brake.rule == "max-devices"
    assert brake.message == "7 devices would change; `max_devices: 50%` allows 3 of 7"
    assert brake.place == ("strategies", "default", "max_devices")
    assert len(made.plan.devices) == 7


def test_max_devices_counts_those_that_change_of_the_whole_fleet() -> None:
    runs = dict.fromkeys(FLEET.split()[:4], RUNS_NEW)
    assert len(planned(a_project(FLEET, max_devices=Amount.parse("50%")), runs).devices) == 3


def test_what_went_back_before_is_refused_where_it_would_be_put_again() -> None:
    project = a_project(FLEET, THREE, a_component("nginx"), a_component("motd", "site=ber"))
    made = refused(project, {"ber-web-01": {"motd": NEW}}, bad={("motd", NEW), ("nginx", OLD)})
    (brake,) = made.brakes
    assert brake.rule == "remembered-bad"
    assert "`motd`" in brake.message
    assert "tidegate deploy --retry" in brake.fix
    assert (brake.file, brake.devices) == ("components/motd/component.yaml", ("ber-stg-01", "ber-web-02", "ber-web-03"))


def test_all_brakes_are_said_at_once() -> None:
    project = a_project(FLEET, [a_wave("some", up_to="2")], max_devices=Amount.parse("1"))
    made = refused(project, bad={("nginx", NEW)})
    assert [brake.rule for brake in made.brakes] == ["max-devices", "in-no-wave", "remembered-bad"]


# Rollback.


def test_a_rollback_is_one_wave_that_nothing_stops() -> None:
    project = a_project(FLEET, [a_wave("everyone", max_parallel=7, health=("serves",))], health=("serves",))
    devices = ("ber-web-02", "ber-web-01")
    made = rollback_plan(
        project,
        strategy="default",
        to={"ber-web-02": {"nginx": OLD}, "ber-web-01": {"nginx": NONE, "gone": OLD}},
        before=dict.fromkeys(devices, RUNS_NEW),
        reach=dict.fromkeys(devices, "sha256:reach"),
        timeouts=dict.fromkeys(devices, 40),
        changes={"nginx": PlannedComponent("sha256:change"), "gone": PlannedComponent("sha256:gone", reconnect=True)},
        revision="a" * 40,
        tool="0.1.0",
    )
    (wave,) = made.waves
    assert made.kind is Kind.ROLLBACK
    assert wave.members == ("ber-web-01", "ber-web-02")
    assert (wave.allowed, wave.unreachable, wave.parallel) == (2, 2, 7)
    assert (wave.approvals, wave.soak, wave.confirm, made.sensitivity) == (0, 0, "verified", "off")
    assert {name: probe["shadow"] for name, probe in made.probes.items()} == {"serves": True}
    assert made.proves == {}
    assert parse_plan(json.loads(plan_bytes(made))) == made
    assert [part.reconnect for part in made.components.values()] == [True, False]
