"""What the record says of the fleet, folded from rollouts as they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from telling import DONE, NOON, REVISION, UP, Tale, a_plan
from tidegate.audit.history import History, Source, transaction_of
from tidegate.audit.segment import folder_of, segment_bytes
from tidegate.audit.segment import place_of as _place_of
from tidegate.audit.shelf import Archive, Page, Past
from tidegate.model.event import Retried
from tidegate.model.plan import Kind, Plan
from tidegate.model.plan_file import plan_bytes


def past(tale: Tale, *first: Retried) -> Past:
    """The rollout as the branch has it: one segment, with its plan."""
    record = tale.record()
    head = record.segments[0].head
    events = [*record.events[:1], *first, *record.events[1:]]
    folder = folder_of(record.lane, record.rollout, NOON)
    files = {f"{folder}/1.jsonl": segment_bytes(head, events), f"{folder}/plan.json": plan_bytes(record.plan)}

    def read(ids: Sequence[str]) -> Mapping[str, bytes]:
        return {path: files[path] for path in ids}

    segment, plan = (_page(path) for path in files)
    return Past(record.lane, record.rollout, (segment,), plan, Archive(read))


def _page(path: str) -> Page:
    place = _place_of(path)
    assert place is not None
    return Page(path, path, place)


def plan(to: str, before: str, **fields: object) -> Plan:
    made = a_plan("staging: s", "all: a b")
    devices = {name: replace(device, to={"nginx": to}) for name, device in made.devices.items()}
    told = {"devices": devices, "before": {name: {"nginx": before} for name in devices}, "revision": f"rev-{to}"}
    return replace(made, **{**told, **fields})  # type: ignore[arg-type]


def first() -> Tale:
    return Tale(plan("one", "none"), rollout="default-1").passes("staging").passes("all").end()


def stopped() -> Tale:
    tale = Tale(plan("two", "one"), rollout="default-9").passes("staging").wave("all").fail("a")
    return tale.go("b", UP).judge("fail", 3, "1 failed").back("all: 1 failed").go("b", "take_back reverted").end()


def running(history: History) -> dict[str, str]:
    return {device: digests["nginx"] for device, digests in history.running.items()}


def test_what_succeeded_runs() -> None:
    history = History.of([past(first())], "shop")
    assert running(history) == {"s": "one", "a": "one", "b": "one"}
    assert history.revisions == {"shop/default": REVISION}
    assert history.sources["a", "nginx", "one"] == Source("default-1", "rev-one")
    assert history.bad == frozenset()


def test_another_projects_rollouts_are_nothing_to_us() -> None:
    assert History.of([past(first())], "other") == History.of([], "other")


def test_while_it_goes_on_what_was_read_back_last_counts() -> None:
    tale = Tale(plan("two", "one"), rollout="default-9").wave("staging").go("s", DONE)
    told = tale.progress.devices["s"].runs
    history = History.of([past(first()), past(tale)], "shop")
    assert history.running["s"] == told
    assert running(history)["a"] == "one"


def test_what_went_back_is_bad_until_somebody_says_to_retry_it() -> None:
    pasts = [past(first()), past(stopped())]
    assert History.of(pasts, "shop").bad == {("nginx", "two")}
    again = Tale(plan("two", "one"), rollout="default-20")
    retried = Retried(at=NOON, o="told", k=99, component="nginx", digest="two", by="ada", why="it was the switch")
    assert History.of([*pasts, past(again, retried)], "shop").bad == frozenset()


def test_what_was_rolled_back_is_bad_and_what_it_came_back_to_is_not() -> None:
    second = Tale(plan("two", "one"), rollout="default-9").passes("staging").passes("all").end()
    back = plan("one", "two", kind=Kind.ROLLBACK)
    undone = Tale(back, rollout="default-20", of="default-9").passes("staging").passes("all").end()
    history = History.of([past(first()), past(second), past(undone)], "shop")
    assert history.bad == {("nginx", "two")}
    assert running(history) == {"s": "one", "a": "one", "b": "one"}
    assert history.sources["a", "nginx", "one"].rollout == "default-1"
    assert history.revisions == {"shop/default": REVISION}


def test_files_as_found_are_never_bad() -> None:
    second = Tale(plan("none", "one"), rollout="default-9").passes("staging").passes("all").end()
    undone = Tale(plan("one", "none", kind=Kind.ROLLBACK), rollout="default-20", of="default-9")
    assert History.of([past(first()), past(second), past(undone)], "shop").bad == frozenset()


def test_the_transaction_that_keeps_what_was_before_is_the_one_that_was_confirmed() -> None:
    tale = Tale(plan("one", "none"), rollout="default-1").wave("staging").go("s", "start staged applied lost")
    tale.take_over(5).go("s", "again").go("s", DONE)
    told = past(tale)
    assert transaction_of(told, "s") == "shop.default-1.2"
    assert transaction_of(told, "a") == ""
