"""How much GitHub is told: what a bucket lets through, and which rung of the ladder can be afforded."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tidegate.github.budget import Budget, Level, Rank, Scale, choose, full, need, rung, said
from tidegate.github.wire import Allowance

USUAL = Budget()
SMALL = Scale(waves=3, devices=18, canaries=1)
LARGE = Scale(waves=20, devices=10_000, canaries=50)


def left(remaining: int) -> Allowance:
    return Allowance(1000, remaining, 0.0)


def test_a_small_fleet_gets_a_check_for_each_device() -> None:
    chosen = choose(SMALL, USUAL, 400, left(1000))
    assert chosen.level is Level.DEVICES
    assert said(chosen) == "A check for each device."


def test_a_large_fleet_shows_what_failed_and_the_canary() -> None:
    chosen = choose(LARGE, USUAL, 400, left(1000))
    assert chosen.level is Level.WORST
    assert said(chosen) == ("Checks for devices that failed and for canaries: 10000 devices are more than 200 checks.")


def test_the_ladder_goes_down_with_what_is_left() -> None:
    levels = [choose(SMALL, USUAL, 400, left(remaining)).level for remaining in (1000, 190, 180, 157, 156, 0)]
    assert levels == [Level.DEVICES, Level.WORST, Level.WAVES, Level.ONE, Level.NONE, Level.NONE]
    assert said(choose(SMALL, USUAL, 400, left(160))) == (
        "One check for the rollout: the token has only 10 requests more this hour."
    )
    assert said(choose(SMALL, USUAL, 3, None)) == "GitHub is told nothing: GitHub takes only 3 requests more this hour."


@given(
    st.builds(Scale, st.integers(0, 40), st.integers(0, 20_000), st.integers(0, 500)),
    st.integers(0, 400),
    st.none() | st.integers(0, 15_000).map(left),
)
def test_what_is_chosen_can_be_afforded_and_keeps_the_reserve(
    scale: Scale, writes: int, allowance: Allowance | None
) -> None:
    chosen = choose(scale, USUAL, writes, allowance)
    needed = need(chosen.level, scale, USUAL)
    assert needed <= writes
    if allowance is not None and needed:
        assert needed <= allowance.remaining - USUAL.reserve
    assert bool(chosen.why) == (chosen.level is not Level.DEVICES)


def test_each_rank_has_its_rung() -> None:
    rungs = [rung(rank) for rank in Rank]
    assert rungs == [Level.ONE, Level.WAVES, Level.WORST, Level.WORST, Level.DEVICES, Level.DEVICES]


@given(st.lists(st.floats(0, 200), max_size=900))
def test_no_minute_and_no_hour_has_more_writes_than_it_may(pauses: list[float]) -> None:
    """A bucket that is full at first lets through its content and what flows in meanwhile."""
    bucket, now, written = full(USUAL, 0.0), 0.0, list[float]()
    for pause in pauses:
        now += pause
        bucket = bucket.filled(USUAL, now)
        if bucket.wait(USUAL) == 0:
            bucket = bucket.less()
            written.append(now)
    for (first, start), (last, end) in itertools.combinations(enumerate(written[:: max(1, len(written) // 40)]), 2):
        step = max(1, len(written) // 40)
        number, seconds = (last - first) * step + 1, end - start
        assert number <= USUAL.per_minute * (1 + seconds / 60) + 1
        assert number <= USUAL.per_hour * (1 + seconds / 3600) + 1


def test_the_wait_is_long_enough_and_not_longer() -> None:
    bucket = full(USUAL, 0.0)
    for _ in range(USUAL.per_minute):
        assert bucket.wait(USUAL) == 0
        bucket = bucket.less()
    pause = bucket.wait(USUAL)
    assert pause == 60 / USUAL.per_minute
    assert bucket.filled(USUAL, pause * 0.99).wait(USUAL) > 0
    assert bucket.filled(USUAL, pause * 1.01).wait(USUAL) == 0
