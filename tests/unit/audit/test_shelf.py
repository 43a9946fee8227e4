"""What lies on the branch: the same whether read at once or grown, and read no further than asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from memory_store import MemoryRemote
from recording import beginning, more, opening, step
from telling import a_plan
from tidegate.audit.shelf import Archive, Page, Shelf
from tidegate.clock import VirtualClock
from tidegate.errors import AuditError
from tidegate.model.state import Result
from tidegate.rollout.ending import ended
from tidegate.rollout.progress import Progress

CLOCK = VirtualClock()


def a_branch() -> MemoryRemote:
    """Two lanes; `default-1` has ended after 40 records."""
    remote = MemoryRemote()
    remote.write(beginning(CLOCK))
    remote.write(opening(remote.tips[-1], CLOCK))
    for k in range(38):
        remote.write(more(remote.tips[-1], CLOCK, step(CLOCK, k)))
    over = ended(Progress.of(a_plan("all: a")), CLOCK.now(), "engine", 1, Result.STOPPED)
    remote.write(more(remote.tips[-1], CLOCK, over))
    remote.write(opening(remote.tips[-1], CLOCK, a_plan("all: z", lane="database")))
    remote.write(more(remote.tips[-1], CLOCK, step(CLOCK, 1, "z")))
    return remote


class Counting:
    """An archive's source that notes what is asked for."""

    def __init__(self, remote: MemoryRemote) -> None:
        self.asked: list[str] = []
        self._remote = remote

    def __call__(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        self.asked += ids
        return self._remote.read(ids)


def pages(remote: MemoryRemote) -> list[Page]:
    pasts = remote.tips[-1].shelf.all()
    return [page for past in pasts for page in (*past.pages, past.plan_page)]


def test_read_at_once_it_is_what_it_grew_to_be() -> None:
    remote = a_branch()
    grown, whole = remote.tips[-1].shelf, Shelf.of(Archive(remote.read), reversed(pages(remote)))
    assert whole.order == grown.order == ("default-1", "database-41")
    assert whole.pasts == grown.pasts
    assert whole.heads == grown.heads
    assert [past.record for past in whole.all()] == [past.record for past in grown.all()]


def test_a_whole_branch_costs_one_page_a_rollout_and_how_one_ended_no_more() -> None:
    remote = a_branch()
    read = Counting(remote)
    shelf = Shelf.of(Archive(read), pages(remote))
    assert len(read.asked) == 2
    past = shelf.pasts["default-1"]
    assert past.ended is not None
    assert past.ended.result is Result.STOPPED
    assert len(read.asked) == 2
    assert past.opened.asked == {"by": "ada"}
    assert len(read.asked) == 3
    assert len(past.events) == 40
    assert len(read.asked) == len(set(read.asked)) == 41, "each file once"


def test_one_that_has_not_ended_is_known_by_all_its_pages() -> None:
    shelf = a_branch().tips[-1].shelf
    assert shelf.pasts["database-41"].ended is None
    assert [head.seq for segment in shelf.pasts["default-1"].backwards() for head in [segment.head]] == [
        *range(40, 0, -1)
    ]


def test_lanes_are_told_apart() -> None:
    shelf = a_branch().tips[-1].shelf
    assert [past.rollout for past in shelf.of_lane("shop/default")] == ["default-1"]
    newest = shelf.newest_of("shop/database")
    assert newest is not None
    assert (newest.rollout, newest.opening, set(newest.plan.devices)) == ("database-41", 41, {"z"})
    assert shelf.newest_of("shop/nothing") is None
    assert {lane: head.seq for lane, head in shelf.heads.items()} == {"shop/default": 40, "shop/database": 42}


def test_what_was_known_does_not_change_when_more_comes() -> None:
    remote = a_branch()
    before = remote.tips[-1].shelf
    events = before.pasts["database-41"].events
    remote.write(more(remote.tips[-1], CLOCK, step(CLOCK, 2, "z")))
    assert before.pasts["database-41"].events == events
    assert len(remote.tips[-1].shelf.pasts["database-41"].events) == len(events) + 1


@pytest.mark.parametrize("lost", ["7.jsonl", "plan.json"])
def test_a_record_with_a_gap_is_not_read(lost: str) -> None:
    remote = a_branch()
    left = [page for page in pages(remote) if not page.path.endswith(f"default-1/{lost}")]
    with pytest.raises(AuditError, match="the record of default-1 on the audit branch is not whole"):
        Shelf.of(Archive(remote.read), left)


def test_a_plan_that_is_none_and_a_first_record_that_opens_nothing_are_said() -> None:
    remote = a_branch()
    past = remote.tips[-1].shelf.pasts["default-1"]
    for content in (b"{}", b"\xff", b"[" * 99_999):
        remote.blobs["odd"] = content
        odd = replace(past.plan_page, id="odd")
        with pytest.raises(AuditError, match=r"default-1/plan\.json on the audit branch is no plan we can follow"):
            Archive(remote.read).plan(odd)
    with pytest.raises(AuditError, match=r"default-1/2\.jsonl on the audit branch opens no rollout"):
        _ = replace(past, pages=past.pages[1:]).opened
