"""What is deployed on GitHub is a range: each commit is a pull request's, or somebody has to answer for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.github.fake import TOKEN
from on_github import Place, place


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as found:
        yield found


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_named_with_who_agreed(there: Place, way: str) -> None:
    commit = there.version(2, 1, way)  # type: ignore[arg-type]
    opened = there.plan(there.run())
    assert (opened.code, opened.outputs["next"]) == (0, "staging"), opened.log
    (said,) = there.events(opened.outputs["rollout"], "opened")
    (change,) = said["changes"]
    pull = there.fake.state.pulls[1]
    assert (change["pr"], change["head"], change["merged_by"]) == (1, pull.head, "grace")
    assert change["commits"] == [commit]
    assert change["authors"] == ["ada"]
    assert [(review["by"], review["sha"]) for review in change["approved"]] == [("grace", pull.head)]


def test_approvals_of_authors_and_of_former_heads_do_not_count(there: Place) -> None:
    there.branch("two", "version: 1", "version: 2")
    there.merge("two", reviewers=("ada",))
    there.fake.review(1, "heidi", commit="0" * 40)
    opened = there.plan(there.run())
    (said,) = there.events(opened.outputs["rollout"], "opened")
    assert "approved" not in said["changes"][0]


def test_a_push_past_all_pull_requests_waits_for_an_answer_and_touches_nothing(there: Place) -> None:
    there.version(2, 1)
    commit = there.push("version: 2", "version: 3", message="quickly [skip ci]")
    opened = there.plan(there.run(by="eve"))
    rollout = opened.outputs["rollout"]
    assert (opened.code, opened.outputs["decision"], opened.outputs["exit"]) == (0, "hold", "5"), opened.log
    assert f"1 commit came without a pull request: {commit[:7]} by eve" in opened.log
    (held,) = there.events(rollout, "held")
    assert held["kind"] == "direct_push"
    assert there.leg(there.run(), "staging", rollout).outputs["decision"] == "hold"
    assert set(there.team.disk().values()) == {"version 1\n"}
    said = there.team.tidegate("resume", rollout, "--hold", str(held["hold"]), "--go", "I looked at it")
    assert said.code == 0, said.whole
    assert f"gh workflow run tidegate-deploy.yml -f rollout={rollout}" in said.out
    assert set(there.team.disk().values()) == {"version 1\n"}, "who answers has not the devices' secrets"
    own = there.run("workflow_dispatch", by="eve")
    assert there.plan(own, rollout=rollout).outputs["next"] == "staging"
    assert there.leg(own, "staging", rollout).outputs["result"] == "succeeded"
    assert set(there.team.disk().values()) == {"version 3\n"}


def test_what_was_stopped_before_its_first_wave_is_asked_about_again(there: Place) -> None:
    """Somebody ends the rollout of a push; the next pull request brings the push along, and does not wash it."""
    commit = there.push("version: 1", "version: 3")
    first = there.plan(there.run(by="eve")).outputs["rollout"]
    hold = there.events(first, "held")[0]["hold"]
    said = there.team.tidegate("resume", first, "--hold", str(hold), "--end", "no")
    assert (said.code, "ended stopped: ended by ada@example.org: no" in said.out) == (0, True), said.whole
    there.version(4, 3)
    second = there.plan(there.run())
    assert second.outputs["decision"] == "hold", second.log
    assert commit[:7] in there.events(second.outputs["rollout"], "held")[0]["text"]


def test_a_project_may_refuse_pushes(tmp_path: Path) -> None:
    with place(tmp_path, {"tidegate.yaml": ("direct_push: hold", "direct_push: refuse")}) as there:
        there.push("version: 1", "version: 2")
        opened = there.plan(there.run(by="eve"))
        assert (opened.code, opened.outputs["decision"], opened.outputs["reason"]) == (1, "refused", "direct_push")
        assert opened.outputs["rollout"] == ""
        assert "revert it, and open" in opened.log


def test_a_project_may_allow_pushes(tmp_path: Path) -> None:
    with place(tmp_path, {"tidegate.yaml": ("direct_push: hold", "direct_push: allow")}) as there:
        commit = there.push("version: 1", "version: 2")
        opened = there.plan(there.run(by="eve"))
        assert opened.outputs["next"] == "staging", opened.log
        change = there.events(opened.outputs["rollout"], "opened")[0]["changes"][-1]
        assert change == {"commits": [commit], "authors": ["eve"]}


def test_what_no_pull_request_showed_waits_for_an_answer(there: Place) -> None:
    conf = "components/app/files/app.conf.j2"
    there.branch("lines", "version {{ vars.version }}", "version {{ vars.version }}\n\n\n\nlimit 1", conf)
    there.merge("lines")
    there.branch("two", "version: 1", "version: 2")
    there.branch("limit", "limit 1", "limit 2", conf)
    there.merge("two", "squash")
    there.merge("limit", "squash")
    opened = there.plan(there.run())
    assert opened.outputs["decision"] == "hold", opened.log
    (held,) = there.events(opened.outputs["rollout"], "held")
    assert held["kind"] == "replan"
    assert held["text"] == "no pull request showed it as it comes out now: app on stg-1 web-1 web-2"


def test_a_rewritten_history_waits_for_an_answer(there: Place) -> None:
    there.version(2, 1)
    rollout = there.plan(there.run()).outputs["rollout"]
    assert there.team.tidegate("resume", rollout).code == 0
    there.team.git("reset", "--quiet", "--hard", "HEAD~1")
    there.team.change("components/app/component.yaml", "version: 1", "version: 3")
    there.team.git("commit", "--quiet", "--all", "--message", "beside it")
    there.team.git("push", "--quiet", "--force", "origin", "HEAD:main")
    opened = there.plan(there.run(by="eve"))
    assert opened.outputs["decision"] == "hold", opened.log
    (held,) = there.events(opened.outputs["rollout"], "held")
    assert held["kind"] == "history_rewritten"


def test_the_run_of_an_older_commit_is_superseded_and_asks_github_nothing(there: Place) -> None:
    there.version(2, 1)
    first = there.run()
    there.version(3, 2)
    rollout = there.plan(there.run()).outputs["rollout"]
    assert there.team.tidegate("resume", rollout).code == 0
    asked = len(there.fake.log)
    there.again(first)
    opened = there.plan(first)
    assert (opened.code, opened.outputs["result"]) == (0, "superseded"), opened.log
    assert len(there.fake.log) == asked
    assert set(there.team.disk().values()) == {"version 3\n"}


def test_github_away_opens_nothing(there: Place) -> None:
    there.version(2, 1)
    there.fake.fail("garbage", "GET", "/pulls")
    opened = there.plan(there.run())
    assert (opened.code, opened.outputs["rollout"]) == (3, ""), opened.log


def test_a_token_that_may_not_see_pull_requests_says_which_permission_it_lacks(there: Place) -> None:
    there.version(2, 1)
    del there.fake.state.tokens[TOKEN]
    there.fake.token(TOKEN, contents="write")
    opened = there.plan(there.run())
    assert (opened.code, opened.outputs["rollout"]) == (3, ""), opened.log
    assert "pull-requests: read" in opened.log
