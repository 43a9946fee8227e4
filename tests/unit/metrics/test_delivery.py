"""The four numbers, from records that were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import scoreatpercentile

from telling import NOON, Tale, a_plan
from tidegate.metrics.delivery import measure
from tidegate.metrics.recovery import recovery
from tidegate.model.delivery import Case, Delivery, Pipeline, Recovery, Sign
from tidegate.model.plan import Kind
from tidegate.model.state import Result

WAVES = ("staging: s1", "canary: c1", "everyone: e1 e2 e3")
LATER = NOON + timedelta(days=20)


def deploy(n: int = 812, at: datetime = NOON) -> Tale:
    return Tale(a_plan(*WAVES, allowed=1), rollout=f"default-{n}", at=at)


def good(n: int = 812, at: datetime = NOON) -> Tale:
    return deploy(n, at).passes("staging").passes("canary").passes("everyone").end()


def halted(n: int = 812, at: datetime = NOON) -> Tale:
    """The canary fails, the wave goes back, nobody else is touched."""
    tale = deploy(n, at).passes("staging").wave("canary").fail("c1").judge("fail", 3, "1 failed, 0 allowed")
    return tale.back("1 failed, 0 allowed").end()


def flaky(n: int = 812, at: datetime = NOON) -> Tale:
    """One device of the last wave goes back alone."""
    tale = deploy(n, at).passes("staging").passes("canary").wave("everyone")
    return tale.go("e1 e2", "start staged applied healthy").fail("e3").judge().go("e1 e2", "confirm confirmed").end()


def rollback(of: str, n: int, at: datetime, devices: str = "c1 e1 e2 e3") -> Tale:
    tale = Tale(a_plan(f"all: {devices}", kind=Kind.ROLLBACK), rollout=f"default-{n}", at=at, of=of)
    return tale.passes("all").end()


def numbers(*tales: Tale, days: int = 90) -> Delivery:
    return measure([tale.record() for tale in tales], now=LATER, days=days)


def test_an_empty_record_has_no_numbers_and_says_so() -> None:
    empty = measure([], now=LATER)
    assert (empty.first, empty.rollouts, empty.failures.value) == (None, 0, None)
    assert empty.recovery == Recovery(0, 0)
    assert empty.through.value is None


def test_a_rollout_counts_once_it_switched_a_device_of_production() -> None:
    stopped_in_staging = deploy(900).wave("staging").fail("s1").judge("fail", 3).back("1 failed").end()
    some = numbers(good(), stopped_in_staging)
    assert some.rollouts == 2
    assert [case.rollout for case in some.cases] == ["default-812"]
    assert (some.frequency.done, some.frequency.attempts, some.frequency.devices) == (1, 1, 4)


def test_the_frequency_is_over_the_time_for_which_there_is_a_record() -> None:
    assert numbers(good()).frequency.days == pytest.approx(20, abs=0.01)
    assert numbers(good(), days=10).frequency.days == pytest.approx(10, abs=0.01)


def test_a_record_of_an_hour_is_not_blown_up_to_a_day() -> None:
    young = measure([good().record()], now=NOON + timedelta(hours=1))
    assert young.frequency.per_day == 1.0


def test_a_device_that_goes_back_alone_makes_the_deployment_a_failed_one() -> None:
    some = numbers(flaky(), good(813, NOON + timedelta(days=1)))
    assert (some.failures.part, some.failures.whole) == (1, 2)
    assert some.cases[0].signs == (Sign.DEVICE,)
    assert (some.caught, some.escaped) == (0, 1)


def test_what_the_canary_stops_is_caught() -> None:
    case = numbers(halted()).cases[0]
    assert (case.signs, case.caught, case.fell) == ((Sign.DEVICE, Sign.HALTED), True, ("c1",))


def test_without_a_canary_nothing_is_caught_in_it() -> None:
    plan = a_plan("everyone: e1 e2")
    tale = Tale(plan).wave("everyone").fail("e1 e2").judge("fail", 8).back("no device is healthy").end()
    assert numbers(tale).cases[0].caught is False


def test_a_person_who_rejects_after_the_canary_has_halted_it_in_the_canary() -> None:
    tale = deploy().passes("staging").passes("canary").ask("everyone").reject("bob", "not today").end(Result.STOPPED)
    case = numbers(tale).cases[0]
    assert (case.signs, case.caught, case.fell, case.recovered) == ((Sign.HALTED,), True, (), None)


def test_a_later_rollback_makes_it_a_failure_that_escaped_and_is_no_deployment_itself() -> None:
    bad = good()
    back = rollback("default-812", 813, NOON + timedelta(hours=2))
    some = numbers(bad, back)
    assert (some.failures.part, some.failures.whole, some.escaped) == (1, 1, 1)
    assert some.cases[0].signs == (Sign.ROLLED_BACK,)
    assert some.frequency.attempts == 1
    assert (some.rework.part, some.rework.whole) == (1, 2)


def test_recovery_of_a_failed_device_is_from_its_switch_until_its_former_digest_was_read_back() -> None:
    tale = deploy().passes("staging").wave("canary").go("c1", "start staged")
    switched = tale.now
    tale.wait(60).go("c1", "applied unhealthy").go("c1", "reverted", why="failed")
    seconds = (tale.now - switched).total_seconds()
    some = numbers(tale.judge("fail", 3).back("1 failed").end())
    assert some.recovery == Recovery(1, 0, seconds, seconds, seconds)


def test_recovery_of_a_rolled_back_deployment_ends_with_the_last_device_of_the_rollback() -> None:
    back = rollback("default-812", 813, NOON + timedelta(hours=2))
    case = numbers(good(), back).cases[0]
    assert case.began is not None
    assert case.began < NOON + timedelta(hours=1)
    assert case.recovered == max(event.at for event in back.events if getattr(event, "s", "") == "confirmed")


def test_a_stranded_device_is_open_until_a_later_rollout_read_it_back() -> None:
    tale = deploy().passes("staging").wave("canary").go("c1", "start staged applied unhealthy stranded")
    stranded = tale.judge("fail", 3).back("1 failed").end()
    assert numbers(stranded).recovery == Recovery(0, 1)
    mended = Tale(a_plan("everyone: c1"), rollout="default-820", at=NOON + timedelta(days=3)).passes("everyone").end()
    healed = numbers(stranded, mended).recovery
    assert (healed.n, healed.still_open) == (1, 0)
    assert healed.median is not None
    assert healed.median > timedelta(days=2).total_seconds()


def test_our_own_interruption_is_no_failure() -> None:
    tale = deploy().passes("staging").wave("canary").go("c1", "start staged").take_over(820)
    tale.go("c1", "take_back", why="interrupted").go("c1", "again start staged applied healthy confirm confirmed")
    some = numbers(tale.judge().passes("everyone").end())
    assert some.failures.part == 0


def test_a_device_on_which_nothing_was_switched_has_not_fallen() -> None:
    tale = deploy().passes("staging").passes("canary").wave("everyone")
    tale.go("e1", "start staged lost take_back", why="interrupted").go("e1", "reverted", why="unreached")
    tale.go("e2 e3", "start staged applied healthy").judge().go("e2 e3", "confirm confirmed")
    assert numbers(tale.end()).failures.part == 0


def test_a_rollout_that_goes_on_is_an_attempt_and_neither_good_nor_failed() -> None:
    some = numbers(deploy().passes("staging").passes("canary"))
    assert (some.running, some.frequency.attempts, some.failures.whole) == (1, 1, 0)


def test_a_rollout_belongs_to_the_time_it_was_opened_in() -> None:
    assert numbers(good(), days=3).cases == ()


def test_drift_that_a_rollout_found_did_not_come_through_the_pipeline() -> None:
    tale = deploy().passes("staging").passes("canary").wave("everyone")
    tale.go("e1", "start unfit", why="drifted").go("e2", "start unreached").go("e3", "start staged applied healthy")
    again = Tale(a_plan("everyone: e1"), rollout="default-813", at=NOON + timedelta(days=1))
    again.wave("everyone").go("e1", "start unfit", why="drifted").judge("inconclusive", 7)
    some = numbers(tale.judge().go("e3", "confirm confirmed").end(), again)
    assert some.pipeline == Pipeline(ordinary=3, break_glass=0, unexplained=1, looked_at=4, known=5)
    assert some.through.value == 0.75


def test_what_went_back_is_no_transition() -> None:
    assert numbers(halted()).pipeline.ordinary == 1  # staging alone


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_the_ninetieth_percentile_is_scipys(seconds: Sequence[float]) -> None:
    cases = [
        Case("r-1", NOON, "reverted", 1, 0, fell=("a",), began=NOON, recovered=NOON + timedelta(seconds=each))
        for each in seconds
    ]
    rounded = [timedelta(seconds=each).total_seconds() for each in seconds]
    assert recovery(cases).p90 == pytest.approx(scoreatpercentile(rounded, 90), abs=1e-6, rel=1e-9)
