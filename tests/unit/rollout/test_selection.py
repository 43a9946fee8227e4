"""Who is in which wave: laws over generated fleets, and what they look like in small."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from planning import a_device, a_wave
from tidegate.model.project import Device, Hold, Strategy, Wave
from tidegate.rollout.selection import Stratum, apportion, draw, members, seed_of

SEED = seed_of(["sha256:change"])
SELECTS = ("all", "env=staging", "env=production", "site=ber", "site in (muc, ams)", "!rack")
amounts = st.one_of(st.integers(1, 12).map(str), st.integers(1, 100).map("{}%".format))
strata_sizes = st.dictionaries(st.tuples(st.text("abc", max_size=2)), st.integers(1, 40))
Fleet = list[Device]


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    """Up to 40 devices of three sites, staging and production, some with a rack."""
    kinds = st.tuples(st.sampled_from(["ber", "muc", "ams"]), st.sampled_from(["stg", "web"]), st.booleans())
    said = draw(st.lists(kinds, max_size=40))
    return [
        a_device(f"{site}-{role}-{number:02}", **({"rack": site[0]} if racked else {}))
        for number, (site, role, racked) in enumerate(said)
    ]


@st.composite
def lanes(draw: st.DrawFn) -> Strategy:
    said = draw(st.lists(st.tuples(st.sampled_from(SELECTS), amounts), min_size=1, max_size=5))
    waves = tuple(a_wave(f"w{number}", select, up_to) for number, (select, up_to) in enumerate(said))
    return Strategy("default", waves, spread=tuple(draw(st.lists(st.sampled_from(["site", "rack"]), unique=True))))


def selected(wave: Wave, fleet: Fleet) -> list[str]:
    return [device.name for device in fleet if wave.select.matches(device.selectable)]


@given(fleets(), lanes())
def test_nobody_is_in_two_waves_and_only_who_is_selected_is_in_one(fleet: Fleet, lane: Strategy) -> None:
    waves = members(lane, fleet, SEED)
    counts = Counter(name for names in waves for name in names)
    assert set(counts.values()) <= {1}
    assert all(set(names) <= set(selected(wave, fleet)) for wave, names in zip(lane.waves, waves, strict=True))


@given(fleets(), lanes())
def test_after_a_wave_at_least_up_to_of_those_it_selects_have_the_change(fleet: Fleet, lane: Strategy) -> None:
    waves = members(lane, fleet, SEED)
    for index, wave in enumerate(lane.waves):
        population = set(selected(wave, fleet))
        before, after = (population & set(chain.from_iterable(waves[:end])) for end in (index, index + 1))
        assert len(after) == max(len(before), wave.up_to.up(len(population)))


@given(fleets(), lanes())
def test_a_last_wave_that_selects_all_leaves_nobody_out(fleet: Fleet, lane: Strategy) -> None:
    whole = Strategy("default", (*lane.waves, a_wave("everyone")), spread=lane.spread)
    assert sorted(name for names in members(whole, fleet, SEED) for name in names) == sorted(
        device.name for device in fleet
    )


@given(fleets(), lanes(), st.randoms(use_true_random=False))
def test_the_order_in_which_devices_come_changes_nothing(fleet: Fleet, lane: Strategy, chance: random.Random) -> None:
    shuffled = chance.sample(fleet, len(fleet))
    assert members(lane, shuffled, SEED) == members(lane, fleet, SEED)


@given(strata_sizes, st.data())
def test_no_share_is_a_whole_device_off_its_quota(sizes: dict[Stratum, int], data: st.DataObject) -> None:
    total = sum(sizes.values())
    number = data.draw(st.integers(0, total))
    shares = apportion(number, sizes, SEED)
    assert sum(shares.values()) == number
    for stratum, size in sizes.items():
        assert 0 <= shares[stratum] <= size
        assert abs(shares[stratum] * total - number * size) < max(total, 1)


@given(st.dictionaries(st.text("abcd", min_size=1, max_size=3), st.tuples(st.sampled_from("xyz"))), st.data())
def test_who_is_drawn_for_less_is_drawn_for_more_of_one_stratum(
    strata: dict[str, Stratum], data: st.DataObject
) -> None:
    alone: dict[str, Stratum] = dict.fromkeys(strata, ("x",))
    number = data.draw(st.integers(0, len(alone)))
    assert set(draw(number, alone, SEED)) <= set(draw(len(alone), alone, SEED))
    assert draw(number, alone, SEED) == draw(len(alone), alone, SEED)[:number]


def sites(names: Sequence[str]) -> list[str]:
    return sorted(name.partition("-")[0] for name in names)


def test_a_canary_of_three_is_one_at_each_of_three_sites() -> None:
    fleet = [a_device(f"{site}-web-{number:02}") for site in ("ber", "muc", "ams") for number in range(7)]
    lane = Strategy("default", (a_wave("canary", up_to="3"), a_wave("rest")), spread=("site",))
    canary, rest = members(lane, fleet, SEED)
    assert sites(canary) == ["ams", "ber", "muc"]
    assert len(rest) == 18


def test_a_small_stratum_may_have_nobody_in_the_canary() -> None:
    fleet = [*(a_device(f"ber-web-{number:02}") for number in range(19)), a_device("muc-web-01")]
    lane = Strategy("default", (a_wave("canary", up_to="10%"), a_wave("rest")), spread=("site",))
    assert sites(members(lane, fleet, SEED)[0]) == ["ber", "ber"]


def test_a_device_without_the_label_is_of_a_stratum_of_its_own() -> None:
    fleet = [*(a_device(f"ber-web-{number:02}", rack="a") for number in range(5)), a_device("ber-web-09")]
    lane = Strategy("default", (a_wave("canary", up_to="1"), a_wave("most", up_to="6")), spread=("rack",))
    canary, _ = members(lane, fleet, SEED)
    assert "ber-web-09" not in canary


def test_another_change_draws_other_devices() -> None:
    fleet = [a_device(f"ber-web-{number:02}") for number in range(40)]
    lane = Strategy("default", (a_wave("canary", up_to="1"), a_wave("rest")))
    drawn = {members(lane, fleet, seed_of([f"sha256:{number}"]))[0] for number in range(10)}
    assert len(drawn) > 3


def test_equal_remainders_are_not_always_decided_for_the_same_site() -> None:
    sizes: dict[Stratum, int] = {("ams",): 7, ("ber",): 7, ("muc",): 7}
    first = {
        stratum
        for number in range(20)
        for stratum, share in apportion(1, sizes, seed_of([f"sha256:{number}"])).items()
        if share
    }
    assert first == set(sizes)


def test_the_seed_does_not_depend_on_the_order_of_components() -> None:
    assert seed_of(["sha256:a", "sha256:b"]) == seed_of(["sha256:b", "sha256:a"])


def test_a_device_on_hold_is_no_canary_while_there_is_another() -> None:
    hold = Hold("disk replacement", datetime(2030, 1, 1, tzinfo=UTC))
    fleet = [replace(a_device(f"ber-web-{number}"), hold=hold if number < 3 else None) for number in range(5)]
    canary, everyone = members(Strategy("default", (a_wave("c", "all", "1"), a_wave("e", "all", "100%"))), fleet, SEED)
    assert set(canary) <= {"ber-web-3", "ber-web-4"}
    assert len(everyone) == 4
