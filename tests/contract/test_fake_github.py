"""The fake GitHub itself: git over HTTP, permissions, and as a process that is told what is there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.github import FakeGitHub
from fakes.github.fake import TOKEN

TESTS = Path(__file__).parents[1]
_SECONDS = 60


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path / "remote") as fake:
        fake.bare()
        yield fake


def git(*words: str | Path, cwd: Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    credential = "!f() { echo username=x-access-token; echo password=" + token + "; }; f"
    environ = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": "1"}
    environ |= {"GIT_CONFIG_KEY_0": "credential.helper", "GIT_CONFIG_VALUE_0": credential}
    argv = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org", *words]
    return subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, timeout=_SECONDS)


def a_clone(github: FakeGitHub, folder: Path, token: str = TOKEN) -> Path:
    cloned = git("clone", "--quiet", f"{github.url}/acme/fleet.git", folder, cwd=folder.parent, token=token)
    assert cloned.returncode == 0, cloned.stderr
    return folder


def commit(clone: Path, text: str) -> str:
    (clone / "motd").write_text(text)
    git("add", "motd", cwd=clone)
    git("commit", "--quiet", "-m", "A change", cwd=clone)
    return git("rev-parse", "HEAD", cwd=clone).stdout.strip()


def test_git_pushes_and_fetches_with_the_token_as_its_password(github: FakeGitHub, tmp_path: Path) -> None:
    clone = a_clone(github, tmp_path / "clone")
    head = commit(clone, "hello " * 200_000)
    pushed = git("push", "--quiet", "origin", "HEAD:main", cwd=clone)
    assert pushed.returncode == 0, pushed.stderr
    assert github.state.head("main") == head
    assert github.state.has(head)
    again = a_clone(github, tmp_path / "again")
    assert git("rev-parse", "HEAD", cwd=again).stdout.strip() == head


def test_a_token_that_only_reads_pushes_nothing(github: FakeGitHub, tmp_path: Path) -> None:
    github.token("ghs_reader", contents="read")
    clone = a_clone(github, tmp_path / "clone", "ghs_reader")
    commit(clone, "hello")
    assert git("push", "--quiet", "origin", "HEAD:main", cwd=clone, token="ghs_reader").returncode
    assert git("ls-remote", "origin", cwd=clone, token="ghs_unknown").returncode
    assert github.state.head("main") == ""


def test_a_push_whose_answer_is_lost_was_written(github: FakeGitHub, tmp_path: Path) -> None:
    clone = a_clone(github, tmp_path / "clone")
    head = commit(clone, "hello")
    github.fail("drop_after", "POST", "git-receive-pack")
    assert git("push", "--quiet", "origin", "HEAD:main", cwd=clone).returncode
    assert github.state.head("main") == head


def test_github_hides_what_a_token_may_not_see(github: FakeGitHub) -> None:
    github.token("ghs_checks", checks="write")
    for token, path, status, message in (
        ("ghs_checks", "/repos/acme/fleet/actions/runs/7", 403, "Resource not accessible by integration"),
        ("ghs_checks", "/repos/acme/other", 404, "Not Found"),
        ("ghs_unknown", "/repos/acme/fleet", 401, "Bad credentials"),
        (TOKEN, "/repos/acme/fleet/actions/runs/7", 404, "Not Found"),
        (TOKEN, "/no/such/endpoint", 404, "Not Found"),
    ):
        answer = httpx.get(f"{github.url}{path}", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["message"]) == (status, message)
    answer = httpx.get(f"{github.url}/repos/acme/fleet")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "x"}, "`name` and `head_sha` are needed"),
        ({"name": "x", "head_sha": "f" * 40}, "No commit found"),
        ({"status": "waiting"}, "is not one a caller may set"),
        ({"status": "completed"}, "needs a conclusion"),
        ({"conclusion": "stale"}, "conclusion `stale`"),
        ({"output": {"title": "t"}}, "title and summary"),
        ({"output": {"title": "t", "summary": "x" * 65_536}}, "Only 65535 characters are allowed"),
        ({"output": {"title": "t", "summary": "", "annotations": [{}] * 51}}, "No more than 50 items"),
        ({"output": {"title": "t", "summary": "", "annotations": [{"annotation_level": "error"}]}}, "level `error`"),
    ],
)
def test_checks_are_refused_as_github_refuses_them(github: FakeGitHub, body: Mapping[str, Any], said: str) -> None:
    github.commit("a" * 40)
    whole = body if "name" in body else {"name": "x", "head_sha": "a" * 40, **body}
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{github.url}/repos/acme/fleet/check-runs", json=whole, headers=headers)
    assert answer.status_code == 422
    assert said in answer.json()["errors"][0]
    assert github.state.checks == []


def test_as_a_process_it_is_told_what_is_there_and_says_what_came_of_it(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "fakes.github", "--root", str(tmp_path), "--port", "0"]
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            url, token = process.stdout.readline().split()
            _tell(f"{url}/_fake", token, url)
        finally:
            process.terminate()
        assert process.wait(_SECONDS) == 0


def _tell(control: str, token: str, url: str) -> None:
    head = "a" * 40
    for word, words in (
        ("run", {"number": 7, "head": head}),
        ("approve", {"run": 7, "environment": "canary-approval", "by": "grace"}),
        ("fail", {"kind": "bad_gateway", "method": "GET"}),
    ):
        assert httpx.post(f"{control}/{word}", json=words).status_code == 200
    path, headers = f"{url}/api/v3/repos/acme/fleet/actions/runs/7/approvals", {"authorization": f"Bearer {token}"}
    assert httpx.get(path, headers=headers).status_code == 502
    (approval,) = httpx.get(path, headers=headers).json()
    assert approval["user"]["login"] == "grace"
    state = httpx.get(f"{control}/state").json()
    assert state["runs"]["7"]["head"] == head
    assert (state["repository"], state["checks"]) == ("acme/fleet", [])
    assert httpx.post(f"{control}/no-such-word", json={}).status_code == 404
    assert httpx.post(f"{control}/_plain", json={}).status_code == 404
    assert httpx.post(f"{control}/run", json={"wrong": 1}).status_code == 422
