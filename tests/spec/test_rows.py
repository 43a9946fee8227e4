"""The rows of the device table, one by one: what a device says, what is known, and the step that follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tidegate.model.answer import Answer, At, Done, Ended, Failed, Lost, Placed, Refused, Seen, Staged, Transaction
from tidegate.model.state import ENDS, State, Step
from tidegate.model.verb import Why
from tidegate.rollout.facts import Facts, Move
from tidegate.rollout.reading import reading
from tidegate.rollout.standing import Standing

NEW, OLD = {"nginx": "sha256:new"}, {"nginx": "sha256:old"}
CALM = Facts(family="shop.default-7.", target=NEW, former=OLD)
BACK = replace(CALM, back=True)


def seen(
    runs: dict[str, str],
    at: At | None = None,
    *,
    why: Why | None = None,
    code: int | None = None,
    attempt: int = 1,
    running: bool = False,
) -> Seen:
    """What a device says that runs `runs`, with this rollout's transaction `at` some place."""
    name = f"shop.default-7.{attempt}"
    transactions = {} if at is None else {name: Transaction(name, at, why, code)}
    is_open = name if at in (At.ARMED, At.REVERTING) else ""
    return Seen(highest=1, boot="b", runs=runs, transactions=transactions, open=is_open, running=running)


def step(state: State, answer: Answer | None, facts: Facts = CALM, **standing: object) -> Move | None:
    return reading(replace(Standing(state=state), **standing), facts, answer)  # type: ignore[arg-type]


def taken(move: Move | None) -> tuple[Step, str, bool] | None:
    return None if move is None else (move.step, move.why, move.failed)


@pytest.mark.parametrize(
    ("row", "state", "answer", "facts", "expected"),
    [
        (1, State.PENDING, None, replace(CALM, start=True), (Step.START, "", False)),
        (1, State.PENDING, None, CALM, None),
        (2, State.PENDING, None, replace(CALM, start=True, skip="held"), (Step.SKIP, "held", False)),
        (2, State.PENDING, None, BACK, (Step.SKIP, "back", False)),
        (2, State.PREFLIGHT, None, BACK, (Step.SKIP, "back", False)),
        (3, State.PREFLIGHT, Refused("already"), CALM, (Step.ALREADY, "", False)),
        (4, State.PREFLIGHT, Refused("invalid", "bad file"), CALM, (Step.INVALID, "invalid", True)),
        (5, State.PREFLIGHT, Refused("drifted"), CALM, (Step.UNFIT, "drifted", False)),
        (
            5,
            State.PREFLIGHT,
            Refused("foreign_transaction", "x.y-1.1"),
            BACK,
            (Step.UNFIT, "foreign_transaction", False),
        ),
        (5, State.PREFLIGHT, Refused("no_space"), CALM, (Step.UNFIT, "no_space", False)),
        (5, State.PREFLIGHT, Failed("a bug"), CALM, (Step.UNFIT, "not_revertable", False)),
        (6, State.PREFLIGHT, Lost(unsent=True), CALM, (Step.UNREACHED, "unreached", False)),
        (6, State.PREFLIGHT, None, replace(CALM, late=True), (Step.UNREACHED, "unreached", False)),
        (7, State.PREFLIGHT, Staged(), CALM, (Step.STAGED, "", False)),
        (7, State.PREFLIGHT, Staged(), BACK, (Step.STAGED, "", False)),
        (7, State.PREFLIGHT, None, CALM, None),
        (8, State.APPLYING, Refused("not_armed"), CALM, (Step.UNFIT, "not_armed", False)),
        (9, State.APPLYING, Ended(0), CALM, (Step.APPLIED, "", False)),
        (10, State.APPLYING, Ended(3), CALM, (Step.APPLY_FAILED, "failed", True)),
        (10, State.APPLYING, Failed("disk"), CALM, (Step.APPLY_FAILED, "failed", True)),
        (10, State.APPLYING, None, replace(CALM, late=True), (Step.APPLY_FAILED, "failed", True)),
        (10, State.APPLYING, Lost(), replace(CALM, late=True), (Step.APPLY_FAILED, "failed", True)),
        (19, State.APPLYING, None, BACK, None),
        (22, State.PREFLIGHT, Lost(), BACK, (Step.LOST, "", False)),
        (22, State.APPLYING, Lost(), CALM, (Step.LOST, "", False)),
        (11, State.VERIFYING, seen(NEW, At.ARMED), replace(CALM, healthy=True), (Step.HEALTHY, "", False)),
        (11, State.VERIFYING, seen(NEW, At.ARMED), CALM, None),
        (11, State.VERIFYING, None, replace(CALM, healthy=True), None),
        (12, State.VERIFYING, seen(OLD, At.ARMED), CALM, (Step.UNHEALTHY, "failed", True)),
        (12, State.VERIFYING, seen(NEW, At.REVERTED), CALM, (Step.UNHEALTHY, "failed", True)),
        (12, State.VERIFYING, None, replace(CALM, healthy=False), (Step.UNHEALTHY, "failed", True)),
        (12, State.VERIFYING, None, replace(CALM, late=True), (Step.UNHEALTHY, "failed", True)),
        (18, State.VERIFYING, None, BACK, (Step.TAKE_BACK, "back", False)),
        (22, State.VERIFYING, Lost(), CALM, (Step.LOST, "", False)),
        (13, State.SOAKING, seen(NEW, At.ARMED), CALM, None),
        (14, State.SOAKING, None, replace(CALM, confirm=True), (Step.CONFIRM, "", False)),
        (15, State.SOAKING, None, replace(CALM, healthy=False, confirm=True), (Step.UNHEALTHY, "failed", True)),
        (16, State.SOAKING, seen(OLD, At.REVERTED, why=Why.DEADLINE), CALM, (Step.WENT_BACK, "failed", True)),
        (16, State.SOAKING, seen(OLD), CALM, (Step.WENT_BACK, "failed", True)),
        (18, State.SOAKING, None, replace(BACK, confirm=True), (Step.TAKE_BACK, "back", False)),
        (22, State.SOAKING, Lost(), CALM, (Step.LOST, "", False)),
        (16, State.CONFIRMING, Placed(At.REVERTED), CALM, (Step.WENT_BACK, "failed", True)),
        (17, State.CONFIRMING, Placed(At.CONFIRMED), CALM, (Step.CONFIRMED, "", False)),
        (17, State.CONFIRMING, Placed(At.ARMED), CALM, None),
        (19, State.CONFIRMING, None, BACK, None),
        (22, State.CONFIRMING, Lost(), CALM, (Step.LOST, "", False)),
        (22, State.CONFIRMING, None, replace(CALM, late=True), (Step.LOST, "", False)),
        (15, State.CONFIRMED, None, replace(CALM, healthy=False), (Step.UNHEALTHY, "failed", True)),
        (16, State.CONFIRMED, seen(OLD, At.REVERTED, code=1), CALM, (Step.WENT_BACK, "failed", True)),
        (18, State.CONFIRMED, None, BACK, (Step.TAKE_BACK, "back", False)),
        (20, State.CONFIRMED, Lost(), CALM, None),
        (20, State.CONFIRMED, None, replace(CALM, gone=True), (Step.STRANDED, "unreachable", False)),
        (24, State.UNKNOWN, Lost(), replace(CALM, late=True), (Step.SILENT, "silent", True)),
        (24, State.UNKNOWN, Lost(), CALM, None),
        (24, State.REVERTING, Lost(), replace(BACK, late=True), (Step.SILENT, "silent", True)),
        (25, State.UNKNOWN, None, replace(CALM, gone=True), (Step.STRANDED, "unreachable", False)),
        (25, State.REVERTING, None, replace(CALM, gone=True), (Step.STRANDED, "unreachable", False)),
        (27, State.UNKNOWN, seen(OLD, At.ARMED, running=True), CALM, None),
        (28, State.UNKNOWN, seen(NEW, At.ARMED, code=0), CALM, (Step.SEEN_ARMED, "", False)),
        (29, State.UNKNOWN, seen(NEW, At.CONFIRMED), CALM, (Step.CONFIRMED, "", False)),
        (30, State.UNKNOWN, seen(OLD), CALM, (Step.TAKE_BACK, "interrupted", False)),
        (30, State.UNKNOWN, seen(NEW, At.ARMED, code=1), CALM, (Step.TAKE_BACK, "failed", False)),
        (30, State.UNKNOWN, seen(NEW, At.ARMED), CALM, (Step.TAKE_BACK, "failed", False)),
        (30, State.UNKNOWN, seen(NEW, At.ARMED), BACK, (Step.TAKE_BACK, "back", False)),
        (30, State.UNKNOWN, seen(OLD, At.ARMED, running=True), BACK, (Step.TAKE_BACK, "back", False)),
        (30, State.UNKNOWN, seen(OLD, At.REVERTED, code=4), CALM, (Step.TAKE_BACK, "failed", False)),
        (30, State.UNKNOWN, seen(OLD, At.REVERTED), CALM, (Step.TAKE_BACK, "failed", False)),
        (31, State.REVERTING, Lost(), CALM, None),
        (31, State.REVERTING, seen(OLD, At.REVERTING), CALM, None),
        (32, State.REVERTING, seen(OLD, At.REVERTED, why=Why.BACK), BACK, (Step.REVERTED, "back", False)),
        (32, State.REVERTING, seen(OLD, At.REVERTED, why=Why.DEADLINE), CALM, (Step.REVERTED, "failed", True)),
        (32, State.REVERTING, seen(OLD, At.REVERTED), CALM, (Step.REVERTED, "failed", True)),
        (32, State.REVERTING, seen(OLD, At.REVERTED, why=Why.BOOT), BACK, (Step.REVERTED, "failed", True)),
        (32, State.REVERTING, seen(OLD, At.REVERTED, why=Why.SEALED), CALM, (Step.REVERTED, "unreached", False)),
        (32, State.REVERTING, seen(NEW, At.REVERTED, why=Why.BACK), BACK, None),
        (33, State.REVERTING, Failed("no"), CALM, None),
        (33, State.REVERTING, Failed("no"), replace(CALM, tries=False), (Step.STRANDED, "not_revertable", True)),
        (33, State.REVERTING, Failed("no"), replace(BACK, tries=False), (Step.STRANDED, "not_revertable", False)),
        (33, State.REVERTING, Placed(At.CONFIRMED, superseded=True), BACK, (Step.STRANDED, "not_revertable", False)),
        (
            33,
            State.REVERTING,
            seen(NEW, At.REVERTED),
            replace(CALM, tries=False),
            (Step.STRANDED, "not_revertable", True),
        ),
    ],
)
def test_row(
    row: int, state: State, answer: Answer | None, facts: Facts, expected: tuple[Step, str, bool] | None
) -> None:
    assert taken(step(state, answer, facts)) == expected, f"row {row}"


def test_our_own_death_is_no_failure() -> None:
    """Row 26, 30 and 32: fresh, and nothing but our absence explains it: a new attempt."""
    assert taken(step(State.UNKNOWN, seen(OLD), fresh=True)) == (Step.AGAIN, "interrupted", False)
    assert taken(step(State.UNKNOWN, seen(OLD, At.STAGED), fresh=True)) == (Step.AGAIN, "interrupted", False)
    home = seen(OLD, At.REVERTED, why=Why.DEADLINE, attempt=2)
    again = step(State.REVERTING, home, fresh=True, attempt=2)
    assert taken(again) == (Step.AGAIN, "interrupted", False)
    assert again is not None
    assert again.attempt == 3
    assert taken(step(State.UNKNOWN, seen(OLD, At.ARMED), fresh=True)) == (Step.TAKE_BACK, "interrupted", False)


def test_attempts_end() -> None:
    home = seen(OLD, At.REVERTED, why=Why.INTERRUPTED)
    assert taken(step(State.REVERTING, home, replace(CALM, again=False), fresh=True)) == (
        Step.REVERTED,
        "interrupted",
        True,
    )


@pytest.mark.parametrize("why", [Why.BOOT, Why.FAILED])
def test_a_boot_or_a_failure_is_never_taken_for_an_interruption(why: Why) -> None:
    home = seen(OLD, At.REVERTED, why=why)
    assert taken(step(State.REVERTING, home, fresh=True)) == (Step.REVERTED, "failed", True)


def test_a_stored_exit_code_is_a_failure_also_after_our_death() -> None:
    home = seen(OLD, At.REVERTED, why=Why.DEADLINE, code=2)
    assert taken(step(State.REVERTING, home, fresh=True)) == (Step.REVERTED, "failed", True)


def test_taken_over_and_silent_before_anything_was_switched_is_unreached() -> None:
    late = replace(CALM, late=True)
    assert taken(step(State.UNKNOWN, Lost(), late, fresh=True)) == (Step.SILENT, "unreached", False)
    assert taken(step(State.UNKNOWN, Lost(), late, fresh=True, touched=True)) == (Step.SILENT, "silent", True)
    assert step(State.UNKNOWN, Lost(), late, fresh=True, silent=True) is None


def test_an_unreached_device_seen_later_is_put_back_and_not_blamed() -> None:
    assert taken(step(State.UNKNOWN, seen(OLD), fresh=True, unreached=True)) == (Step.SKIP, "unreached", False)
    assert taken(step(State.UNKNOWN, seen(NEW, At.ARMED), unreached=True)) == (Step.TAKE_BACK, "back", False)
    home = seen(OLD, At.REVERTED, why=Why.BACK)
    assert taken(step(State.REVERTING, home, unreached=True)) == (Step.REVERTED, "back", False)


def test_nothing_there_while_going_back() -> None:
    assert taken(step(State.UNKNOWN, seen(OLD), BACK, fresh=True)) == (Step.SKIP, "back", False)
    assert taken(step(State.UNKNOWN, seen(OLD), BACK, fresh=True, failed=True)) == (Step.REVERTED, "failed", False)


def test_the_device_may_know_a_later_attempt_than_the_journal() -> None:
    move = step(State.UNKNOWN, seen(NEW, At.ARMED, code=0, attempt=2), fresh=True, attempt=1)
    assert move is not None
    assert move.attempt == 2


def test_an_end_is_never_left() -> None:
    for state in ENDS:
        for answer in (None, Lost(), seen(NEW, At.ARMED), Done()):
            assert step(state, answer, replace(BACK, start=True, confirm=True, late=True, gone=True)) is None
