"""git is ours alone: what a repository's own configuration would run does not run, and nothing of a clone changes."""

from __future__ import annotations

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidegate.errors import GitError
from tidegate.git import Clone, Git, as_user, masked

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def shell(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def a_clone(tmp_path: Path) -> Path:
    """A clone with one commit that its bare remote `origin` has too."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", str(clone)], check=True)
    (clone / "fleet").mkdir()
    (clone / "fleet" / "ber.yaml").write_text("devices: {}\n")
    shell(clone, "add", ".")
    shell(clone, "commit", "-qm", "first")
    shell(clone, "remote", "add", "origin", "../remote.git")
    shell(clone, "push", "-q", "origin", "main")
    return clone


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_what_a_commit_holds_is_read_from_a_repository_of_our_own(tmp_path: Path) -> None:
    clone = Clone(a_clone(tmp_path))
    git = Git.make(tmp_path / "state" / "own.git")
    git.fetch(clone.remote_url(), "+refs/heads/*:refs/tidegate/heads/*")
    listing = git.listing(clone.head())
    assert [(path, entry.kind, entry.size) for path, entry in listing.items()] == [("fleet/ber.yaml", "blob", 12)]
    entry = listing["fleet/ber.yaml"]
    assert git.blobs([entry.id]) == {entry.id: b"devices: {}\n"}
    assert git.resolve("refs/tidegate/heads/main") == clone.head()
    assert git.resolve("nothing-of-this-name") is None


def test_two_who_make_the_repository_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Git.make(tmp_path / "own.git"), range(8)))
    commits = [git.commit_adding(None, {"a": b"1"}, message="a", at=AT) for git in made]
    assert len(set(commits)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["own.git"]


def test_something_else_in_the_place_of_the_repository_is_said(tmp_path: Path) -> None:
    (tmp_path / "own.git").mkdir()
    (tmp_path / "own.git" / "note").write_text("mine")
    with pytest.raises(GitError, match=r"cannot make a git repository at .*own\.git"):
        Git.make(tmp_path / "own.git")
    assert (tmp_path / "own.git" / "note").read_text() == "mine"


def test_a_push_moves_the_ref_only_from_what_was_expected(tmp_path: Path) -> None:
    a_clone(tmp_path)
    remote, ref = str(tmp_path / "remote.git"), "refs/heads/tidegate-audit"
    git = Git.make(tmp_path / "own.git")
    first = git.commit_adding(None, {"a": b"1"}, message="first", at=AT)
    second = git.commit_adding(first, {"d/b": b"2"}, message="second", at=AT)
    assert git.remote_ref(remote, ref) is None
    assert git.push_if(remote, ref, "", first) == ""
    assert git.push_if(remote, ref, "", second) != "", "the ref is there already"
    assert git.remote_ref(remote, ref) == first
    assert git.push_if(remote, ref, first, second) == ""
    assert git.remote_ref(remote, ref) == second
    assert set(git.listing(second)) == {"a", "d/b"}
    assert git.is_ancestor(first, second)
    assert not git.is_ancestor(second, first)


def test_commits_say_what_they_changed(tmp_path: Path) -> None:
    clone = a_clone(tmp_path)
    first = shell(clone, "rev-parse", "HEAD")
    (clone / "fleet" / "odd\x01name\n").write_text("x")
    (clone / "fleet" / "ber.yaml").write_text("devices: {a: }\n")
    shell(clone, "add", ".")
    shell(clone, "-c", "user.email=bob@example.org", "commit", "-qm", "second\n\n:not a change")
    shell(clone, "commit", "-q", "--allow-empty", "-m", "third")
    shell(clone, "push", "-q", "origin", "main")
    head = shell(clone, "rev-parse", "HEAD")
    git = Git.make(tmp_path / "own.git")
    git.fetch(str(tmp_path / "remote.git"), "refs/heads/main")
    _, second, third = git.commits("", head)
    assert [(change.status, change.path) for change in second.changes] == [
        ("M", "fleet/ber.yaml"),
        ("A", "fleet/odd\x01name\n"),
    ]
    assert third.changes == ()
    assert third.parents == (second.id,)
    assert git.first_parents(first, head) == (second.id, third.id)
    assert git.authors(first, head) == {"bob@example.org", "ann@example.org"}


def test_a_clone_names_what_is_not_committed(tmp_path: Path) -> None:
    root = a_clone(tmp_path)
    (root / "fleet" / "ber.yaml").write_text("devices: {a: }\n")
    (root / "new ärger.txt").write_text("new")
    before = bytes_of(root)
    assert Clone(root).uncommitted() == ["fleet/ber.yaml", "new ärger.txt"]
    assert bytes_of(root) == before, "the index too is as it was"
    assert Clone(root).remote_url() == str(tmp_path / "remote.git")


@pytest.mark.parametrize(
    "planted",
    [
        ("core.fsmonitor", "{touch}"),
        ("core.hooksPath", "{hooks}"),
        ("filter.evil.clean", "{touch}"),
        ("filter.evil.process", "{touch}"),
    ],
    ids=lambda setting: setting[0],
)
def test_what_a_clones_configuration_would_run_does_not_run(tmp_path: Path, planted: tuple[str, str]) -> None:
    root = a_clone(tmp_path)
    ran = tmp_path / "ran"
    touch = tmp_path / "touch.sh"
    touch.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for script in (touch, hooks / "post-index-change"):
        script.write_text(touch.read_text())
        script.chmod(0o755)
    (root / ".gitattributes").write_text("*.yaml filter=evil\n")
    shell(root, "config", planted[0], planted[1].format(touch=touch, hooks=hooks))
    (root / "fleet" / "ber.yaml").write_text("devices: []\n")  # of the same size, so that git must read it
    assert "fleet/ber.yaml" in Clone(root).uncommitted()
    assert len(Clone(root).head()) == 40
    assert not ran.exists()
    subprocess.run(["git", "status"], cwd=root, input=b"", capture_output=True)
    assert ran.exists(), "the trap is a real one"


def test_a_remote_that_is_a_command_is_refused(tmp_path: Path) -> None:
    git = Git.make(tmp_path / "own.git", as_user({"HOME": str(tmp_path)}))
    with pytest.raises(GitError, match="ext"):
        git.fetch(f"ext::sh -c touch% {tmp_path}/ran", "refs/heads/main")
    assert not (tmp_path / "ran").exists()


def test_a_persons_own_configuration_is_read_for_contact_alone(tmp_path: Path) -> None:
    a_clone(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[url "{tmp_path}/remote.git"]\n\tinsteadOf = short:\n[user]\n\tname = Ann\n')
    user = Git.make(tmp_path / "own.git", as_user({"HOME": str(home)}))
    assert user.remote_ref("short:", "refs/heads/main") is not None
    with pytest.raises(GitError):
        Git.make(tmp_path / "own.git").remote_ref("short:", "refs/heads/main")
    commit = user.commit_adding(None, {"a": b"1"}, message="a", at=AT)
    assert b"author tidegate <tidegate@localhost>" in user.run("cat-file", "commit", commit)


def test_git_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    git = Git.make(tmp_path / "own.git")
    with pytest.raises(GitError, match="no answer in 0 s"):
        git.run("-c", f"alias.nap=!sleep 600 & echo $! >{tmp_path}/pid; wait", "nap", timeout=0.3)
    pid = (tmp_path / "pid").read_text().strip()
    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text().split()[2] in "ZX"


def test_words_of_git_never_show_credentials() -> None:
    said = masked("fatal: unable to access 'https://ann:s3cret@example.org/x.git/': no route; ssh://git@host/x")
    assert said == "fatal: unable to access 'https://***@example.org/x.git/': no route; ssh://***@host/x"


def test_a_name_that_looks_like_an_option_is_none(tmp_path: Path) -> None:
    git = Git.make(tmp_path / "own.git")
    for ask in (git.listing, git.resolve, lambda name: git.first_parents("", name)):
        with pytest.raises(GitError, match="names no commit"):
            ask("--output=/tmp/x")
