"""`tidegate audit`: the branch made, read, and tampered with by real git in every way there is."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from recording import REF, bare_remote, tell
from stories import held, reverted, tried
from team import Said
from telling import Tale
from tidegate.app.ground.stand import open_branch, stand
from tidegate.audit.spool import FileSpools
from tidegate.cli.main import cli
from tidegate.clock import VirtualClock
from tidegate.model.state import HeldKind
from tidegate.world import World

FIRST = Path(__file__).parents[2] / "examples" / "first"
MORNING = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Shop:
    """A clone of a project with a remote, and a machine that works in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = bare_remote(folder / "remote.git")
        self.clone = folder / "shop"
        shutil.copytree(FIRST, self.clone)
        self.git(self.clone, "init", "--quiet")
        self.git(self.clone, "add", ".")
        self.git(self.clone, "commit", "--quiet", "--message", "first")
        self.git(self.clone, "remote", "add", "origin", str(self.remote))
        self.git(self.clone, "push", "--quiet", "origin", "main")

    def world(self, said: list[str], machine: str = "one") -> World:
        state = self.folder / machine
        return World(self.clone, VirtualClock(MORNING), {}, said.append, said.append, state / "state", state / "cache")

    def tidegate(self, *words: str, machine: str = "one") -> Said:
        said: list[str] = []
        result = CliRunner().invoke(cli, list(words), obj=self.world(said, machine))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Said(result.exit_code, "\n".join(said), result.stderr)

    def tell(self, *tales: Tale) -> list[str]:
        """Rollouts that happened; their ids."""
        world = self.world([])
        branch = open_branch(world, stand(world, "."))
        spools = FileSpools(self.folder / "spool")
        return [asyncio.run(tell(branch, tale, spools)) for tale in tales]

    def git(self, where: Path, *args: str) -> str:
        return subprocess.run(["git", *args], cwd=where, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def told(shop: Shop) -> Shop:
    """With a branch that has two rollouts of four records each."""
    assert shop.tidegate("audit", "init").code == 0
    shop.tell(tried().passes("everyone").end(), reverted())
    return shop


def test_the_branch_is_made_once_and_only_by_init(shop: Shop) -> None:
    for words in (["log"], ["show", "default-1"], ["verify"]):
        said = shop.tidegate("audit", *words)
        assert (said.code, said.out) == (3, "")
        assert "there is no audit branch origin/tidegate-audit" in said.err
        assert "tidegate audit init" in said.err
    made = shop.tidegate("audit", "init")
    tip = shop.git(shop.remote, "rev-parse", REF)
    assert made.code == 0
    assert made.first.startswith("✓ Made origin/tidegate-audit")
    assert tip in made.out
    again = shop.tidegate("audit", "init")
    assert (again.code, again.first) == (0, "origin/tidegate-audit is there already, with 0 records. Its tip is")
    assert again.out.endswith(f"\n{tip}.")
    assert "Nothing was ever rolled out" in shop.tidegate("audit", "log").out
    assert shop.tidegate("audit", "verify").code == 0


def test_the_log_has_a_line_for_each_rollout_the_newest_first(told: Shop) -> None:
    told.tell(held(HeldKind.STOPPED))
    lines = told.tidegate("audit", "log").out.splitlines()
    assert [line.split()[2:] for line in lines] == [
        ["default-9", "held", "ada", "8be1d20", "5/22"],
        ["default-5", "reverted", "ada", "8be1d20", "4/22", "3", "reverted,", "15", "skip…"],
        ["default-1", "succeeded", "ada", "8be1d20", "22/22"],
    ]
    assert told.tidegate("audit", "log", "--last", "1").out.splitlines()[1] == (
        "2 older rollouts: tidegate audit log --last 3"
    )
    rows = told.tidegate("audit", "log", "--format", "json").json
    assert [(row["rollout"], row["state"]) for row in rows] == [
        ("default-9", "held"),
        ("default-5", "reverted"),
        ("default-1", "succeeded"),
    ]
    assert rows[1]["devices"] == {"REVERTED": 3, "SKIPPED": 15, "SUCCEEDED": 4}


def test_a_rollout_is_shown_with_every_event_every_device_and_every_verdict(told: Shop) -> None:
    said = told.tidegate("audit", "show", "default-5")
    assert said.code == 0
    assert said.first == "default-5 of shop/default, a deploy: reverted"
    assert "12:00:33 canary    ber-web-04  serves: HTTP 502 from http://10.1.0.14/healthz;" in said.out
    assert "canary    FAIL by row 3: 2 failed, 1 allowed; 3 planned, 1 healthy" in said.out
    assert "muc-web-02  reverted   nginx old -> new; runs nginx old" in said.out
    shown = told.tidegate("audit", "show", "default-5", "--format", "json").json
    assert [event["e"] for event in shown["events"]][:3] == ["opened", "lease_taken", "wave_opened"]
    assert [segment["record"] for segment in shown["segments"]] == [5, 6, 7, 8]
    assert len(shown["events"]) == said.out.count("\n  12:0") + 1, "each has a line; the lease is taken at another hour"
    unknown = told.tidegate("audit", "show", "default-6")
    assert unknown.code == 2
    assert "there is no rollout `default-6` of shop" in unknown.err


def test_one_that_waits_is_shown_with_what_people_said(told: Shop) -> None:
    waiting = tried().ask("everyone", 2, "production").approve("eve")
    (rollout,) = told.tell(waiting)
    said = told.tidegate("audit", "show", rollout)
    assert said.first == f"{rollout} of shop/default, a deploy: held"
    assert "approved by  eve for everyone" in said.out
    assert told.tidegate("audit", "show", rollout, "--format", "json").json["stage"] == "held"


def test_what_devices_and_people_said_does_nothing_to_a_terminal_or_a_log(told: Shop) -> None:
    bad = "\x1b[2J\n::error::x ##[add-mask]y"
    tale = tried().wave("everyone").fail("ber-web-10", bad).stop(f"bob{bad}", bad).back(bad)
    (rollout,) = told.tell(tale.end())
    for words in (["show", rollout], ["show", rollout, "--format", "json"], ["log"], ["log", "--format", "json"]):
        said = told.tidegate("audit", *words).out
        assert [sign for sign in ("\x1b", "\n::", "##[") if sign in said] == []
    assert "error" in told.tidegate("audit", "show", rollout).out


def test_a_whole_record_says_so_and_its_tip_can_be_held_against_it(told: Shop) -> None:
    said = told.tidegate("audit", "verify")
    assert (said.code, said.first) == (0, "✓ origin/tidegate-audit is whole: 8 records of 2 rollouts.")
    tip = told.git(told.remote, "rev-parse", REF)
    assert f"Its tip is {tip}, written from 2026-11-24 to 2026-11-24." in " ".join(said.out.split())
    assert "not signed" in said.out
    fresh = told.tidegate("audit", "verify", "--tip", tip[:10], "--format", "json", machine="two")
    assert fresh.code == 0
    assert fresh.json["whole"]
    assert fresh.json["compared_with"] == [f"{tip[:10]}, the tip you name"]
    other = told.tidegate("audit", "verify", "--tip", "0123456789")
    assert other.code == 1
    assert "does not have commit 0123456789" in other.out
    assert told.tidegate("audit", "verify", "--tip", "main").code == 2


class Mallory:
    """Somebody who may push to the remote, and knows git."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.clone = shop.folder / "mallory"
        shop.git(shop.folder, "clone", "--quiet", "--branch", "tidegate-audit", str(shop.remote), str(self.clone))

    def git(self, *args: str) -> str:
        return self._shop.git(self.clone, *args)

    def path(self, record: int) -> str:
        """The file of a record, and of no plan."""
        commit = self.git("rev-list", "--reverse", "HEAD").split()[record]
        paths = self.git("show", "--format=", "--name-only", commit).split()
        return next(path for path in paths if not path.endswith("plan.json"))

    def edit(self, record: int) -> None:
        file = self.clone / self.path(record)
        file.write_text(file.read_text().replace('"ada"', '"eve"'))

    def rewrite(self, todo: Callable[[list[str]], Sequence[str]]) -> None:
        """Another history of the same commits: `todo` says which, in which order; a name with `!` is edited."""
        commits = self.git("rev-list", "--reverse", "HEAD").split()
        edits = {commit: self.path(number) for number, commit in enumerate(commits)}
        self.git("checkout", "--quiet", "--detach", commits[0])
        for commit in todo(commits[1:]):
            self.git("cherry-pick", "--allow-empty", commit.strip("!"))
            if commit.endswith("!"):
                file = self.clone / edits[commit.strip("!")]
                file.write_text(file.read_text().replace('"ada"', '"eve"'))
                self.git("commit", "--all", "--quiet", "--amend", "--no-edit")

    def push(self) -> None:
        self.git("push", "--quiet", "--force", "origin", "HEAD:tidegate-audit")


@pytest.fixture
def mallory(told: Shop) -> Mallory:
    return Mallory(told)


def want_fault(shop: Shop, *words: str, machine: str = "fresh", tip: str = "") -> str:
    """`audit verify` finds it, first of all says so, and each of these words is in what it says."""
    said = shop.tidegate("audit", "verify", *(("--tip", tip) if tip else ()), machine=machine)
    assert said.code == 1
    assert said.first.startswith("✗ origin/tidegate-audit was tampered with: ")
    text = " ".join(said.out.split())
    assert [word for word in words if word not in text] == []
    return text


def want_refused(shop: Shop) -> None:
    """Who has seen the branch before reads nothing from it and writes nothing to it."""
    before = shop.git(shop.remote, "for-each-ref")
    for words in (["log"], ["init"]):
        said = shop.tidegate("audit", *words)
        assert (said.code, said.out) == (3, "")
        assert "origin/tidegate-audit" in said.err
    assert shop.git(shop.remote, "for-each-ref") == before


def test_a_record_changed_by_a_further_commit_is_named(told: Shop, mallory: Mallory) -> None:
    mallory.edit(3)
    mallory.git("commit", "--all", "--quiet", "--message", "nothing to see")
    mallory.push()
    want_fault(told, f"{mallory.path(3)} was changed")
    want_refused(told)


def test_a_record_removed_by_a_further_commit_is_named(told: Shop, mallory: Mallory) -> None:
    path = mallory.path(3)
    mallory.git("rm", "--quiet", path)
    mallory.git("commit", "--quiet", "--message", "nothing to see")
    mallory.push()
    want_fault(told, f"{path} was removed")
    want_refused(told)


def test_a_record_altered_in_a_history_made_anew_is_found_by_the_next_one(told: Shop, mallory: Mallory) -> None:
    path = mallory.path(4)
    mallory.rewrite(lambda commits: [f"{commit}!" if number == 2 else commit for number, commit in enumerate(commits)])
    mallory.push()
    want_fault(told, f"{path} does not follow from record 3")
    want_refused(told)


def test_a_record_left_out_of_a_history_made_anew_is_found(told: Shop, mallory: Mallory) -> None:
    path = mallory.path(4)
    mallory.rewrite(lambda commits: [commit for number, commit in enumerate(commits) if number != 2])
    mallory.push()
    want_fault(told, f"{path} says that it is record 4, and follows record 2", "segment 3 was due")
    want_refused(told)


def test_two_records_in_another_order_are_found(told: Shop, mallory: Mallory) -> None:
    paths = mallory.path(6), mallory.path(7)
    mallory.rewrite(lambda commits: [*commits[:5], commits[6], commits[5], commits[7]])
    mallory.push()
    want_fault(told, f"{paths[1]} says that it is record 7, and follows record 5")
    want_fault(told, f"{paths[0]} says that it is record 6, and follows record 7")
    want_refused(told)


def test_an_altered_first_file_is_found(told: Shop, mallory: Mallory) -> None:
    (mallory.clone / "audit.json").write_text('{"id":"0123456789abcdef","made":"2026-01-01T00:00:00.000Z","v":1}\n')
    mallory.git("commit", "--all", "--quiet", "--message", "nothing to see")
    mallory.push()
    want_fault(told, "audit.json was changed")
    want_refused(told)


def test_the_newest_record_amended_shows_to_who_saw_it_or_noted_the_tip(told: Shop, mallory: Mallory) -> None:
    path, tip = mallory.path(8), mallory.git("rev-parse", "HEAD")
    mallory.edit(8)
    mallory.git("commit", "--all", "--quiet", "--amend", "--no-edit")
    mallory.push()
    want_fault(told, f"does not continue commit {tip[:12]}, seen on this machine", f"{path} was there, and was altered",
               machine="one")  # fmt: skip
    want_fault(told, f"does not have commit {tip[:12]}, the tip you name", tip=tip)
    want_refused(told)
    assert told.tidegate("audit", "verify", machine="fresh").code == 0, (
        "nothing signed it: who never saw it cannot know"
    )


def test_a_branch_that_was_cut_short_shows_to_who_saw_it_or_noted_the_tip(told: Shop, mallory: Mallory) -> None:
    path, tip = mallory.path(8), mallory.git("rev-parse", "HEAD")
    mallory.git("reset", "--quiet", "--hard", "HEAD~1")
    mallory.push()
    want_fault(told, f"does not continue commit {tip[:12]}, seen on this machine", f"{path} was there, and was removed",
               machine="one")  # fmt: skip
    want_fault(told, "the tip you name", tip=tip)
    want_refused(told)


def test_a_branch_that_was_deleted_is_not_made_anew(told: Shop, mallory: Mallory) -> None:
    tip = mallory.git("rev-parse", "HEAD")
    mallory.git("push", "--quiet", "--delete", "origin", "tidegate-audit")
    want_fault(told, f"is gone; commit {tip[:12]}, seen on this machine, was on it", machine="one")
    want_fault(told, tip=tip)
    want_refused(told)
    assert told.tidegate("audit", "verify", machine="fresh").code == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\n",
        b"[" * 100_000 + b"\n",
        b'{"v":1}\n',
        b'{"v":2}\n',
        b'{"v":1,"seq":9,"prev":1,"lane":[],"rollout":null,"n":{},"lease":"held","by":0,"tool":0,"at":0}\n',
        b"\x1b[2J\x1b[31m::error::\n",
    ],
    ids=["empty", "no-text", "deep", "half", "newer", "odd-types", "terminal"],
)
def test_whatever_lies_there_is_a_fault_and_not_a_crash(told: Shop, mallory: Mallory, content: bytes) -> None:
    path = mallory.path(8).replace("4.jsonl", "5.jsonl")
    (mallory.clone / path).write_bytes(content)
    (mallory.clone / "odd\x1b[2Jname\n").write_text("x")
    (mallory.clone / "records" / "link").symlink_to("/etc/passwd")
    mallory.git("add", ".")
    mallory.git("commit", "--quiet", "--message", "odd")
    mallory.git("merge", "--quiet", "--no-ff", "--allow-unrelated-histories", "-m", "x", orphan(mallory))
    mallory.push()
    text = want_fault(told, f"{path} cannot be read", "records/link is no plain file", "and that one alone")
    assert "\x1b" not in text
    want_refused(told)
    fresh = told.tidegate("audit", "log", machine="fresh")
    assert (fresh.code, fresh.out, "\x1b" in fresh.err) == (3, "", False)


def orphan(mallory: Mallory) -> str:
    tree = mallory.git("hash-object", "-t", "tree", "-w", "/dev/null")
    return mallory.git("commit-tree", tree, "-m", "from nowhere")


def test_a_remote_that_is_away_is_no_answer(told: Shop) -> None:
    told.remote.rename(told.folder / "elsewhere")
    said = told.tidegate("audit", "verify")
    assert (said.code, said.out) == (3, "")
    assert "origin/tidegate-audit cannot be reached" in said.err
