"""Many writers on one audit branch, by real git, with lost answers: every record once, and nothing else touched."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from recording import ADA, BOB, REF, bare_remote, lose_answers, opened, own_git, step, stop
from telling import a_plan
from tidegate.app.ground.stand import open_branch, stand
from tidegate.audit.branch import Branch
from tidegate.audit.git_store import GitStore
from tidegate.audit.lane import Lane
from tidegate.audit.lease import TTL
from tidegate.audit.people import say
from tidegate.audit.shelf import Past
from tidegate.audit.spool import FileSpools
from tidegate.audit.trouble import Busy
from tidegate.audit.verify import verify
from tidegate.clock import SystemClock, VirtualClock
from tidegate.errors import LeaseLost
from tidegate.git import Git
from tidegate.model.event import StopAsked
from tidegate.world import World

WRITERS, EACH = 8, 10
LANE = "shop/default"
PLAN = a_plan("all: a b")


def git(where: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=where, check=True, capture_output=True, text=True).stdout.strip()


def a_clone(folder: Path) -> Path:
    """A clone that a person works in: something staged, something changed, something new, something stashed."""
    remote, clone = bare_remote(folder / "remote.git"), folder / "clone"
    git(folder, "clone", "--quiet", str(remote), str(clone))
    (clone / "tidegate.yaml").write_text("tidegate: 1\nname: shop\n")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message", "first")
    git(clone, "push", "--quiet", "origin", "main")
    (clone / "tidegate.yaml").write_text("tidegate: 1\nname: shop # stashed\n")
    git(clone, "stash", "--quiet")
    (clone / "staged").write_text("staged")
    git(clone, "add", "staged")
    (clone / "tidegate.yaml").write_text("tidegate: 1\nname: shop # changed\n")
    (clone / "new").write_text("new")
    return clone


def look_of(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every file of a clone, those of git's own too: what it holds, its mode, and when it was written."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in files
    }


def a_branch(folder: Path, clone: Path, machine: str) -> Branch:
    """As a command on that machine has it: its own state, the same clone."""
    state = folder / machine
    world = World(clone, SystemClock(), {}, print, print, state / "state", state / "cache")
    return open_branch(world, stand(world, "."))


def word(name: str, k: int, _past: Past) -> StopAsked:
    return stop(SystemClock(), name, k)


def write(branch: Branch, name: str) -> None:
    """One writer: its words, one after another."""

    async def words() -> None:
        for k in range(EACH):
            await say(branch, LANE, "default-1", partial(word, name, k))

    asyncio.run(words())


def test_racing_appends_with_lost_answers_keep_every_record_once_and_touch_nothing_else(tmp_path: Path) -> None:
    clone = a_clone(tmp_path)
    remote = tmp_path / "remote.git"
    before = look_of(clone)
    first = a_branch(tmp_path, clone, "first")
    asyncio.run(first.begin())
    lane = Lane(first, LANE, FileSpools(tmp_path / "spool"))
    asyncio.run(lane.open(PLAN, opened(SystemClock(), PLAN), ADA))
    lose_answers(remote, one_in=4)
    names = [f"writer {number}" for number in range(WRITERS)]
    machines = [f"machine {number // 2}" for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        branches = [a_branch(tmp_path, clone, machine) for machine in machines]
        list(pool.map(write, branches, names))

    tip = asyncio.run(first.fetch())
    said = [event for event in tip.shelf.pasts["default-1"].events if isinstance(event, StopAsked)]
    assert Counter((event.o, event.k) for event in said) == {
        (f"word of {name}", k): 1 for name in names for k in range(EACH)
    }
    for name in names:
        assert [event.k for event in said if event.by == name] == list(range(EACH)), "in the order of its writer"
    verified = verify(Git(remote), tip.commit, {})
    assert (verified.faults, verified.records) == ((), WRITERS * EACH + 1)
    assert git(remote, "rev-list", "--count", REF) == str(WRITERS * EACH + 2)
    assert git(remote, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", REF]
    assert look_of(clone) == before


def test_a_killed_push_that_was_written_is_known_by_the_ref_and_not_by_its_words(tmp_path: Path) -> None:
    remote = bare_remote(tmp_path / "remote.git")
    lose_answers(remote)
    ours = own_git(tmp_path)
    commit = ours.commit_adding(None, {"a": b"1"}, message="a", at=SystemClock().now())
    assert "hung up" in ours.push_if(str(remote), REF, "", commit)
    assert ours.remote_ref(str(remote), REF) == commit


def test_a_fetch_that_brought_half_of_it_and_died_is_done_again(tmp_path: Path) -> None:
    remote = bare_remote(tmp_path / "remote.git")
    writer = Branch(GitStore(Git.make(tmp_path / "one" / "own.git"), str(remote), "tidegate-audit"), SystemClock())
    tip, _ = asyncio.run(writer.begin())
    half = Git.make(tmp_path / "two" / "own.git")
    commit = Git(remote).run("cat-file", "commit", tip.commit)
    half.run("hash-object", "-t", "commit", "-w", "--stdin", input=commit)
    assert half.resolve(tip.commit) == tip.commit, "the commit is here, and its files are not"
    assert asyncio.run(GitStore(half, str(remote), "tidegate-audit").fetch()).audit == tip.audit


def test_a_runner_that_slept_through_its_lease_writes_nothing_more(tmp_path: Path) -> None:
    remote = bare_remote(tmp_path / "remote.git")

    def lane(machine: str, clock: VirtualClock) -> Lane:
        store = GitStore(Git.make(tmp_path / machine / "own.git"), str(remote), "tidegate-audit")
        return Lane(Branch(store, clock), LANE, FileSpools(tmp_path / machine / "spool"))

    async def story() -> None:
        one, two = VirtualClock(), VirtualClock()
        begin = GitStore(Git.make(tmp_path / "one" / "own.git"), str(remote), "tidegate-audit")
        await Branch(begin, one).begin()
        sleeper = await lane("one", one).open(PLAN, opened(one, PLAN), ADA)
        await sleeper.append((step(one, 1),))
        other = lane("two", two)
        with pytest.raises(Busy) as busy:
            await other.acquire("default-1", BOB)
        assert busy.value.left == TTL
        await two.sleep(busy.value.left)
        awake = await other.acquire("default-1", BOB)
        sleeper.spool.write((step(one, 2, "b"),))
        for writing in (sleeper.append((step(one, 2, "b"),)), sleeper.renew(), sleeper.release()):
            with pytest.raises(LeaseLost, match=r"token 3, ours was 1"):
                await writing
        given = await awake.append((step(two, 1, o="another crew"),))
        assert [event.o for event in given] == ["another crew"]

    asyncio.run(story())
    tip = Git(remote).resolve(REF)
    verified = verify(Git(remote), tip, {})
    assert (verified.faults, verified.records) == ((), 4)
