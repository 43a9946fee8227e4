"""What every place of an audit branch owes: compare and swap, nothing overwritten, nothing forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from memory_store import MemoryRemote, MemoryStore
from recording import REF, bare_remote, beginning, lose_answers, more, opening, step
from tidegate.audit.git_store import GitStore
from tidegate.audit.store import Added, Store, Tip, Unwritten
from tidegate.audit.trouble import NoBranch, Tampered
from tidegate.clock import SystemClock
from tidegate.errors import RemoteAway
from tidegate.git import Git

CLOCK = SystemClock()
Answer = TypeVar("Answer")


class Place(Protocol):
    """A remote, and machines that reach it."""

    def store(self, machine: str = "one") -> Store:
        """A process on that machine."""

    def go(self, *, away: bool) -> None: ...

    def tip(self) -> str:
        """The commit that the branch has now."""

    def put(self, commit: str) -> None:
        """Somebody else makes the branch end with that commit; with "" it is no more."""

    def lose_answers(self) -> None:
        """Every push is written from now on, and nobody who pushes is told so."""


class MemoryPlace:
    def __init__(self) -> None:
        self._remote = MemoryRemote()
        self._stores: dict[str, MemoryStore] = {}

    def store(self, machine: str = "one") -> Store:
        return self._stores.setdefault(machine, MemoryStore(self._remote))

    def go(self, *, away: bool) -> None:
        self._remote.away = away

    def tip(self) -> str:
        return self._remote.commit

    def put(self, commit: str) -> None:
        ids = [tip.commit for tip in self._remote.tips]
        del self._remote.tips[ids.index(commit) + 1 if commit else 0 :]

    def lose_answers(self) -> None:
        """There is nobody in memory who could be told anything else than what is there."""


class GitPlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._remote = bare_remote(folder / "remote.git")

    def store(self, machine: str = "one") -> Store:
        return GitStore(Git.make(self._folder / machine / "own.git"), str(self._remote), "tidegate-audit")

    def go(self, *, away: bool) -> None:
        here, there = self._remote, self._folder / "elsewhere"
        (here if away else there).rename(there if away else here)

    def tip(self) -> str:
        return Git(self._remote).resolve(REF) or ""

    def put(self, commit: str) -> None:
        change = (REF, commit) if commit else ("-d", REF)
        Git(self._remote).run("update-ref", *change)

    def lose_answers(self) -> None:
        lose_answers(self._remote)


@pytest.fixture(params=["memory", "git"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return MemoryPlace() if request.param == "memory" else GitPlace(tmp_path)


def now(ask: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(ask)


def begun(place: Place) -> tuple[Store, Tip]:
    store = place.store()
    return store, written(now(store.create(beginning(CLOCK))))


def written(added: Added) -> Tip:
    assert isinstance(added, Tip)
    return added


def test_where_there_is_no_branch_it_says_so_until_there_is_one(place: Place) -> None:
    with pytest.raises(NoBranch):
        now(place.store().fetch())
    _, tip = begun(place)
    assert (tip.seq, tip.shelf.all()) == (0, ())
    assert tip.audit in now(place.store("two").fetch()).audit


def test_a_branch_that_is_there_is_not_made_again(place: Place) -> None:
    _, first = begun(place)
    second = written(now(place.store("two").create(beginning(CLOCK))))
    assert (second.commit, second.audit) == (first.commit, first.audit)


def test_what_was_added_is_read_by_everybody(place: Place) -> None:
    store, tip = begun(place)
    tip = written(now(store.add(tip, opening(tip, CLOCK))))
    tip = written(now(store.add(tip, more(tip, CLOCK, step(CLOCK, 1)))))
    for seen in (tip, now(store.fetch()), now(place.store("two").fetch())):
        past = seen.shelf.pasts["default-1"]
        assert (seen.seq, seen.commit, [page.place.n for page in past.pages]) == (2, place.tip(), [1, 2])
        assert [event.o for event in past.events][1:] == ["crew"]
        assert past.plan.devices.keys() == {"a"}
        assert seen.digest == past.newest.digest


def test_only_one_of_two_follows_a_tip_and_the_other_is_told(place: Place) -> None:
    store, tip = begun(place)
    other = place.store("two")
    assert now(other.fetch()).commit == tip.commit
    first = written(now(store.add(tip, opening(tip, CLOCK))))
    assert isinstance(now(other.add(tip, opening(tip, CLOCK))), Unwritten)
    assert place.tip() == first.commit
    again = now(other.fetch())
    second = written(now(other.add(again, more(again, CLOCK, step(CLOCK, 1)))))
    assert [past.rollout for past in second.shelf.all()] == ["default-1"]
    assert second.seq == 2


def test_what_was_written_is_written_whatever_the_push_was_told(place: Place) -> None:
    store, tip = begun(place)
    place.lose_answers()
    tip = written(now(store.add(tip, opening(tip, CLOCK))))
    assert (tip.seq, tip.commit) == (1, place.tip())
    assert list(tip.shelf.pasts) == ["default-1"]


def test_a_remote_that_is_away_is_said_and_costs_nothing(place: Place) -> None:
    store, tip = begun(place)
    place.go(away=True)
    with pytest.raises(RemoteAway):
        now(store.fetch())
    with pytest.raises(RemoteAway):
        now(store.add(tip, opening(tip, CLOCK)))
    place.go(away=False)
    assert now(store.fetch()).commit == tip.commit
    assert written(now(store.add(tip, opening(tip, CLOCK)))).seq == 1


def test_a_branch_that_was_put_back_is_noticed_and_nothing_is_written(place: Place) -> None:
    store, tip = begun(place)
    later = written(now(store.add(tip, opening(tip, CLOCK))))
    place.put(tip.commit)
    with pytest.raises(Tampered):
        now(store.fetch())
    with pytest.raises(Tampered):
        now(store.add(later, more(later, CLOCK, step(CLOCK, 1))))
    assert place.tip() == tip.commit
    assert now(place.store("two").fetch()).commit == tip.commit, "who never saw more cannot know"


def test_a_branch_that_is_gone_is_not_taken_for_one_that_never_was(place: Place) -> None:
    store, _ = begun(place)
    place.put("")
    with pytest.raises(Tampered):
        now(store.fetch())
    with pytest.raises(NoBranch):
        now(place.store("two").fetch())
    with pytest.raises(Tampered):
        now(store.create(beginning(CLOCK)))
    assert place.tip() == "", "it is not for us to make it anew"
