"""A tree shows the same files, and refuses the same things, in a folder and in a commit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidegate.git import Clone, Git
from tidegate.tree import CommitTree, MissingFile, RefusedFile, Tree, WorkTree

POINTER = (
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n"
)


def work_tree(folder: Path) -> Tree:
    return WorkTree(folder)


def commit_tree(folder: Path) -> Tree:
    return CommitTree(Git(folder / ".git"), _git(folder, "rev-parse", "HEAD").strip())


both = pytest.mark.parametrize("tree_of", [work_tree, commit_tree])


def _git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone with a file, a link to it, links that lead away, a pointer and a submodule."""
    here = tmp_path / "clone"
    (here / "sub").mkdir(parents=True)
    (here / "a.txt").write_text("a\n")
    (here / "sub" / "b.txt").write_bytes(b"\xff\n")
    (here / "big.bin").write_text(POINTER)
    (here / "sub" / "link").symlink_to("../a.txt")
    (here / "outside").symlink_to("../../etc/passwd")
    (here / "absolute").symlink_to("/etc/passwd")
    (here / "dangling").symlink_to("nothing")
    (here / "to-a-folder").symlink_to("sub")
    (here / "round").symlink_to("round")
    _git(here, "init", "--quiet")
    module = here / "module"
    module.mkdir()
    _git(module, "init", "--quiet")
    _git(module, "commit", "--quiet", "--allow-empty", "-m", "x")
    _git(here, "-c", "advice.addEmbeddedRepo=false", "add", ".")
    _git(here, "commit", "--quiet", "-m", "x")
    return here


@both
def test_the_readable_files_are_listed_and_read(folder: Path, tree_of: Callable[[Path], Tree]) -> None:
    tree = tree_of(folder)
    assert list(tree.paths()) == ["a.txt", "big.bin", "sub/b.txt", "sub/link"]
    assert [tree.read(path) for path in ("a.txt", "sub/b.txt", "sub/link")] == [b"a\n", b"\xff\n", b"a\n"]


@both
def test_what_leads_away_is_refused_by_name(folder: Path, tree_of: Callable[[Path], Tree]) -> None:
    tree = tree_of(folder)
    assert sorted(tree.refused()) == ["absolute", "dangling", "module", "outside", "round", "to-a-folder"]
    for path in ("outside", "absolute", "dangling", "round", "module", "module/file", "to-a-folder/b.txt"):
        with pytest.raises(RefusedFile, match=path.split("/")[0]):
            tree.read(path)


@both
def test_a_pointer_to_another_store_is_refused(folder: Path, tree_of: Callable[[Path], Tree]) -> None:
    with pytest.raises(RefusedFile, match="Git LFS"):
        tree_of(folder).read("big.bin")


@both
def test_a_missing_file_is_missing(folder: Path, tree_of: Callable[[Path], Tree]) -> None:
    for path in ("nothing.txt", "sub", "../clone/a.txt", "", "/", "/etc/passwd", "//x/y"):
        with pytest.raises(MissingFile):
            tree_of(folder).read(path)


def test_a_commit_does_not_see_what_is_not_committed(folder: Path) -> None:
    (folder / "a.txt").write_text("changed\n")
    (folder / "new.txt").write_text("new\n")
    assert work_tree(folder).read("a.txt") == b"changed\n"
    assert commit_tree(folder).read("a.txt") == b"a\n"
    assert "new.txt" not in commit_tree(folder).paths()


def test_what_git_ignores_is_left_out_for_those_who_ask(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "noise.log").write_text("x")
    (folder / "new.txt").write_text("x")
    (folder / "a.txt").unlink()
    seen = WorkTree(folder, Clone(folder).files())
    assert list(seen.paths()) == [".gitignore", "big.bin", "new.txt", "sub/b.txt"]
    assert "sub/link" in seen.refused(), "its file was taken away"


class CountingGit(Git):
    """Counts what it is asked for, process by process."""

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        self.asked = [*getattr(self, "asked", []), len(ids)]
        return super().blobs(ids)


def test_many_small_files_of_a_commit_take_one_process(tmp_path: Path) -> None:
    git = CountingGit.make(tmp_path / "bare.git")
    assert isinstance(git, CountingGit)
    files = {f"d{n % 7}/f{n}": f"{n}\n".encode() for n in range(40)} | {"huge": b"x" * 300_000}
    commit = git.commit_adding(None, files, message="x", at=datetime(2026, 1, 1, tzinfo=UTC))
    tree = CommitTree(git, commit)
    assert {path: tree.read(path) for path in tree.paths()} == files
    assert git.asked == [40, 1]
