"""Is what would be deployed what was reviewed? Merges, squashes, rebases of real repositories, rendered from git."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from team import Team
from tidegate.app.change.reviewed import Reviewed, Unreviewed
from tidegate.app.change.revision import read_revision
from tidegate.app.ground.stand import Ground, fetch_revision, stand
from tidegate.clock import SystemClock
from tidegate.model.change import Change
from tidegate.world import World

APP = "components/app/component.yaml"
MOTD = "type: files\nselect: all\nhealth: [well]\nfiles: {/etc/motd: files/motd}\n"


@dataclass
class History:
    """A remote on which pull requests are merged in GitHub's three ways; `changes` is what GitHub would say of it."""

    team: Team
    changes: list[Change] = field(default_factory=list)

    def pull(self, branch: str, way: str = "merge") -> Change:
        """Merge what `branch` has, push it, and leave its head behind as GitHub does."""
        git, number = self.team.git, len(self.changes) + 1
        head = git("rev-parse", branch).strip()
        git("push", "--quiet", "origin", f"{head}:refs/pull/{number}/head")
        git("checkout", "--quiet", "main")
        before = git("rev-parse", "HEAD").strip()
        if way == "merge":
            git("merge", "--quiet", "--no-ff", "--no-edit", branch)
        elif way == "squash":
            git("merge", "--quiet", "--squash", branch)
            git("commit", "--quiet", "--message", f"{branch} (#{number})")
        else:
            git("cherry-pick", f"main..{branch}")
        return self._pushed(before, Change((), pr=number, head=head))

    def push(self, message: str) -> Change:
        self.team.git("checkout", "--quiet", "main")
        before = self.team.git("rev-parse", "HEAD").strip()
        self.team.git("commit", "--quiet", "--all", "--message", message)
        return self._pushed(before, Change(()))

    def _pushed(self, before: str, change: Change) -> Change:
        self.team.git("push", "--quiet", "origin", "main")
        commits = self.team.git("rev-list", "--first-parent", "--reverse", f"{before}..HEAD").split()
        self.changes.append(Change(tuple(commits), pr=change.pr, head=change.head))
        return self.changes[-1]

    def branch(self, name: str, path: str, old: str, new: str, onto: str = "main") -> None:
        self.team.git("checkout", "--quiet", "-b", name, onto)
        self.team.change(path, old, new)
        self.team.git("commit", "--quiet", "--all", "--message", name)

    def unreviewed(self) -> list[Unreviewed]:
        ground = self.ground()
        commit = fetch_revision(ground, self.team.git("rev-parse", "main").strip())
        return Reviewed(ground, "default").unreviewed(self.changes, read_revision(ground, commit))

    def ground(self) -> Ground:
        team = self.team
        environ = {"PATH": os.environ["PATH"]}
        return stand(World(team.clone, SystemClock(), environ, print, print, team.top / "state", team.top / "c"), ".")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(Team(tmp_path))


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_pull_request_on_the_newest_main_is_what_was_reviewed(history: History, way: str) -> None:
    history.branch("two", APP, "version: 1", "version: 2")
    history.pull("two", way)
    assert history.unreviewed() == []


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_what_touches_other_components_takes_no_review_away(history: History, way: str) -> None:
    history.team.write("components/motd/component.yaml", MOTD)
    history.team.write("components/motd/files/motd", "hello\n")
    history.team.push("another component")
    history.branch("two", APP, "version: 1", "version: 2")
    history.branch("greet", "components/motd/files/motd", "hello", "welcome")
    history.pull("greet", way)
    history.pull("two", way)
    assert history.unreviewed() == []


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_two_that_together_make_something_nobody_saw(history: History, way: str) -> None:
    """Each was reviewed alone; the file that devices get was not."""
    conf = "components/app/files/app.conf.j2"
    history.team.write(conf, "version {{ vars.version }}\n\n\n\nlimit 1\n")
    history.team.push("more lines")
    history.branch("two", APP, "version: 1", "version: 2")
    history.branch("limit", conf, "limit 1", "limit 2")
    history.pull("two", way)
    history.pull("limit", way)
    assert history.unreviewed() == [Unreviewed("app", ("stg-1", "web-1", "web-2", "web-3"))]


def test_the_second_of_two_saw_the_first_where_it_was_brought_up_to_date(history: History) -> None:
    history.branch("two", APP, "version: 1", "version: 2")
    history.pull("two")
    history.branch("limit", "components/app/files/app.conf.j2", "version", "the version")
    history.pull("limit", "squash")
    assert history.unreviewed() == []


def test_a_merge_that_slips_something_in_is_seen(history: History) -> None:
    history.branch("two", APP, "version: 1", "version: 2")
    git = history.team.git
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--no-commit", "two")
    history.team.change(APP, "version: 2", "version: 3")
    git("commit", "--quiet", "--all", "--message", "merged, and a bit more")
    git("push", "--quiet", "origin", "main")
    head, commit = git("rev-parse", "two").strip(), git("rev-parse", "main").strip()
    history.changes.append(Change((commit,), pr=1, head=head))
    assert [each.component for each in history.unreviewed()] == ["app"]


def test_a_push_after_the_review_is_seen_where_it_changes_what_was_reviewed(history: History) -> None:
    """It shows itself: the push is for `direct_push` to judge, and what it made of the pull request with it."""
    history.branch("two", APP, "version: 1", "version: 2")
    history.pull("two")
    history.team.change(APP, "version: 2", "version: 3")
    history.push("by hand")
    assert history.unreviewed() == []


def test_a_head_that_is_gone_counts_as_not_reviewed(history: History) -> None:
    history.branch("two", APP, "version: 1", "version: 2")
    history.pull("two", "squash")
    history.team.git("push", "--quiet", "origin", ":refs/pull/1/head")
    assert [each.component for each in history.unreviewed()] == ["app"]


def test_a_change_of_words_only_needs_no_review(history: History) -> None:
    history.branch("two", APP, "version: 1", "version: 2")
    history.pull("two")
    history.team.change("tidegate.yaml", "name: shop", "name: shop # ours")
    history.push("a comment")
    assert history.unreviewed() == []
