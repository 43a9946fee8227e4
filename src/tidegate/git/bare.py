"""A bare repository of our own: what is fetched, read, made and pushed goes through it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from tidegate.errors import GitError
from tidegate.git.run import CONTACT_SECONDS, LOCAL_SECONDS, NOBODY, OLDEST, Contact, run_git, start_git

_BRANCHES = "refs/remotes/heads"


@dataclass(frozen=True, slots=True)
class Object:
    """An entry of a commit's tree, a file or (`commit`) a submodule; `size` in bytes."""

    mode: str
    kind: Literal["blob", "commit"]
    id: str
    size: int


@dataclass(frozen=True, slots=True)
class Change:
    """One path that a commit changed: `status` is git's letter (A added, M changed, D removed, T of another type)."""

    status: str
    mode: str
    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and what it changed against its parent; nothing is said about the changes of a merge."""

    id: str
    parents: tuple[str, ...]
    changes: tuple[Change, ...]


class Git:
    """The repository at `directory`. Blocking; several processes may use one. A remote is a URL or a path.

    Every method raises GitError where git cannot do what it says.
    """

    def __init__(self, directory: Path, contact: Contact = NOBODY) -> None:
        self.directory = directory.absolute()
        self._contact = contact

    @classmethod
    def make(cls, directory: Path, contact: Contact = NOBODY) -> Git:
        """The repository at `directory`, made if it is not there; two who make it at once get the same one."""
        if not (directory / "HEAD").is_file():
            _check_version()
            directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
            run_git(("init", "--quiet", "--bare", "--template=", str(fresh)))
            try:
                fresh.rename(directory)
            except OSError as error:
                shutil.rmtree(fresh)
                if not (directory / "HEAD").is_file():
                    wrong = f"cannot make a git repository at {directory}: {error.strerror}"
                    raise GitError(wrong, hint="Move away what lies there.") from error
        return cls(directory, contact)

    def run(self, *args: str, input: bytes = b"", timeout: float = LOCAL_SECONDS) -> bytes:  # noqa: A002
        """What `git <args>` prints. `timeout` in seconds."""
        return run_git((f"--git-dir={self.directory}", *args), input=input, timeout=timeout)

    def fetch(self, remote: str, *refspecs: str) -> None:
        """Brings objects (and refs, where a refspec names one of ours) from `remote`. Tags do not come along."""
        quiet = ("--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--recurse-submodules=no")
        self._reach("fetch", *quiet, "--", remote, *refspecs)

    def fetch_branches(self, remote: str) -> None:
        """Brings every branch of `remote`, and forgets those that are gone there."""
        how = ("--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--recurse-submodules=no")
        self._reach("fetch", *how, "--", remote, f"+refs/heads/*:{_BRANCHES}/*")

    def is_on_a_branch(self, commit: str) -> bool:
        """Is `commit` on one of the branches that were fetched last?"""
        asked = ("for-each-ref", "--count=1", f"--contains={_one_line(commit)}", _BRANCHES)
        return self.resolve(commit) is not None and bool(self.run(*asked))

    def remote_ref(self, remote: str, ref: str) -> str | None:
        """The id that `ref` (its whole name) has at `remote` now; None where there is no such ref."""
        lines = self._reach("ls-remote", "--quiet", "--", remote, ref).decode().splitlines()
        pairs = (line.split("\t", 1) for line in lines)
        return next((commit for commit, name in pairs if name == ref), None)

    def push_if(self, remote: str, ref: str, expected: str, new: str) -> str:
        """Moves `ref` at `remote` from `expected` ("": it is not there yet) to `new`.

        Returns git's complaint, "" where it has none. Either may be wrong about what happened: read the ref.
        """
        how = ("--quiet", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")
        args = ("push", *how, f"--force-with-lease={ref}:{expected}", "--", remote, f"{new}:{ref}")
        ended = start_git((f"--git-dir={self.directory}", *args), timeout=CONTACT_SECONDS, environ=self._contact)
        return "" if ended.code == 0 else ended.words or f"exit code {ended.code}"

    def resolve(self, rev: str) -> str | None:
        """The commit that `rev` names here, or None."""
        answer = self.run("cat-file", "--batch-check", input=f"{_one_line(rev)}^{{commit}}\n".encode()).split()
        return answer[0].decode() if answer[1:2] == [b"commit"] else None

    def move_ref(self, ref: str, new: str, old: str | None) -> bool:
        """Sets a ref of ours if it is still `old` (None: it is not there); False where somebody else moved it."""
        move = ("update-ref", "--no-deref", ref, new, old or "0" * len(new))
        return start_git((f"--git-dir={self.directory}", *move)).code == 0

    def listing(self, commit: str) -> Mapping[str, Object]:
        """Every file of a commit by its path. Bytes of a path that are no UTF-8 are escaped as surrogates."""
        entries = self.run("ls-tree", "-r", "-l", "-z", "--full-tree", _one_line(commit))
        return dict(_entry(entry) for entry in entries.decode("utf-8", "surrogateescape").split("\0") if entry)

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of blobs by their ids."""
        asked = "".join(f"{_one_line(blob)}\n" for blob in dict.fromkeys(ids))
        return dict(_batch(self.run("cat-file", "--batch", input=asked.encode(), timeout=CONTACT_SECONDS)))

    def is_ancestor(self, old: str, new: str) -> bool:
        """Is `old` the commit `new`, or does `new` descend from it?"""
        if old == new:
            return True
        ended = start_git(
            (f"--git-dir={self.directory}", "merge-base", "--is-ancestor", _one_line(old), _one_line(new))
        )
        if ended.code not in (0, 1):
            raise GitError(f"git cannot compare {old} with {new}: {ended.words}")
        return ended.code == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both descend from (or are); None where they have nothing in common."""
        ended = start_git((f"--git-dir={self.directory}", "merge-base", _one_line(one), _one_line(other)))
        if ended.code not in (0, 1):
            raise GitError(f"git cannot compare {one} with {other}: {ended.words}")
        return ended.stdout.decode().split()[0] if ended.code == 0 else None

    def tree_id(self, commit: str) -> str:
        """The id of all that a commit has: the same for two that have the same files."""
        return self.run("rev-parse", "--verify", f"{_one_line(commit)}^{{tree}}").decode().strip()

    def parent(self, commit: str) -> str | None:
        """The first parent; None for a first commit."""
        return self.resolve(f"{commit}^1")

    def first_parents(self, base: str, head: str) -> tuple[str, ...]:
        """The commits after `base` ("": from the first) up to `head` along first parents, oldest first."""
        listed = self.run("rev-list", "--first-parent", "--reverse", _between(base, head), "--")
        return tuple(listed.decode().split())

    def authors(self, base: str, head: str, *, merges: bool = True) -> frozenset[str]:
        """Addresses of the authors and committers of all that is in `head` and not in `base` ("": of `head` alone)."""
        which = (_between(base, head),) if base else ("--max-count=1", _one_line(head))
        less = () if merges else ("--no-merges",)
        listed = self.run("log", "--format=%ae%n%ce", *less, *which, "--").decode("utf-8", "replace")
        return frozenset(address for address in listed.splitlines() if address)

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """The commits after `base` ("": from the first) up to `head`, oldest first, with what each changed."""
        how = ("--reverse", "--topo-order", "--raw", "-z", "--root", "--no-renames", "--no-abbrev")
        listed = self.run("log", *how, "--format=%x01%H %P", _between(base, head), "--", timeout=CONTACT_SECONDS)
        return tuple(_commits(listed.decode("utf-8", "surrogateescape")))

    def commit_adding(self, parent: str | None, files: Mapping[str, bytes], *, message: str, at: datetime) -> str:
        """A commit of what `parent` (None: nothing) has and `files` by path. No ref is touched, ours neither."""
        here = f"--git-dir={self.directory}"
        ids = {path: self.run("hash-object", "-w", "--stdin", input=body) for path, body in files.items()}
        lines = "".join(f"100644 {blob.decode().strip()}\t{path}\n" for path, blob in ids.items())
        with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if parent is not None:
                run_git((here, "read-tree", parent), environ=index)
            run_git((here, "update-index", "--add", "--index-info"), input=lines.encode(), environ=index)
            tree = run_git((here, "write-tree"), environ=index).decode().strip()
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), at.strftime("%Y-%m-%dT%H:%M:%S%z"))
        parents = () if parent is None else ("-p", parent)
        made = run_git((here, "commit-tree", tree, *parents, "-F", "-"), input=message.encode(), environ=dates)
        return made.decode().strip()

    def _reach(self, *args: str) -> bytes:
        return run_git((f"--git-dir={self.directory}", *args), timeout=CONTACT_SECONDS, environ=self._contact)


def _check_version() -> None:
    said = run_git(("version",)).decode()
    number = re.search(r"(\d+)\.(\d+)", said)
    if number is None or (int(number[1]), int(number[2])) < OLDEST:
        raise GitError(f"{said.strip()} is too old", hint="Tidegate needs git {}.{} or later.".format(*OLDEST))


def _one_line(name: str) -> str:
    """A name that is put on a line of its own, or among arguments: neither a second line nor an option."""
    if not name or name.startswith("-") or any(char in name for char in "\n\0"):
        raise GitError(f"{name!r} names no commit")
    return name


def _between(base: str, head: str) -> str:
    return f"{_one_line(base)}..{_one_line(head)}" if base else _one_line(head)


def _entry(line: str) -> tuple[str, Object]:
    attributes, _, path = line.partition("\t")
    mode, kind, id_, size = attributes.split()
    return path, Object(mode, "commit" if kind == "commit" else "blob", id_, 0 if size == "-" else int(size))


def _batch(answer: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        head = answer[at:end].decode().split()
        if len(head) != 3 or head[1] != "blob":
            raise GitError(f"git has no blob {' '.join(head)}", hint="The repository may be damaged, or still fetched.")
        start = end + 1
        at = start + int(head[2]) + 1
        yield head[0], answer[start : at - 1]


def _commits(listed: str) -> Iterator[Commit]:
    """From NUL-separated words: `\\1<id> <parents>`, then a raw line and its path for each change."""
    words = iter(listed.split("\0"))
    commit: Commit | None = None
    for word in (word.lstrip("\n") for word in words):
        if commit is not None and word.startswith(":"):
            commit = replace(commit, changes=(*commit.changes, _change(word, next(words))))
        elif word:
            if commit is not None:
                yield commit
            id_, *parents = word.removeprefix("\x01").split()
            commit = Commit(id_, tuple(parents), ())
    if commit is not None:
        yield commit


def _change(raw: str, path: str) -> Change:
    _, mode, _, id_, status = raw.split()
    return Change(status, mode, id_, path)
