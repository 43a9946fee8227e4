"""The files of a project, as they lie in a folder or as a commit has them: path -> bytes."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from tidegate.errors import UsageError
from tidegate.git import Git

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_POINTER_SIZE = 1024
_SMALL = 256 * 1024
_BATCH = 16 * 1024 * 1024
_LINKS_IN_A_ROW = 8


class MissingFile(UsageError):
    """There is no such file in the tree."""


class RefusedFile(UsageError):
    """Something is there, but it is no file whose bytes git has: a submodule, a link out of the repository, LFS."""


class Tree(Protocol):
    """A repository's files. Paths are POSIX, relative to its root, without `.` and `..`; they are never user input
    that was not joined and bounded first.

    A symbolic link to a file of the repository is read as that file. What else is no regular file is in `refused`.
    """

    def paths(self) -> Sequence[str]:
        """Every readable file, sorted."""

    def refused(self) -> Mapping[str, str]:
        """What cannot be read, and why: `docs -> submodule`."""

    def read(self, path: str) -> bytes:
        """A file's bytes. MissingFile where there is none, RefusedFile for what may not be read."""


class WorkTree:
    """The files of a folder as they lie there, uncommitted changes too. `.git` is left out, nothing else.

    `visible`: the paths that count, for a caller who has asked git (`Clone.files`); None takes all that is there.
    """

    def __init__(self, root: Path, visible: Iterable[str] | None = None) -> None:
        self._root = root.absolute()
        self._visible = None if visible is None else frozenset(visible)

    def paths(self) -> Sequence[str]:
        return self._found.files

    def refused(self) -> Mapping[str, str]:
        return self._found.refused

    def read(self, path: str) -> bytes:
        real = self._found.real(path)
        try:
            content = (self._root / real).read_bytes()
        except OSError as error:
            raise MissingFile(f"cannot read {path}: {error.strerror}") from error
        return _no_pointer(path, content)

    @cached_property
    def _found(self) -> _Found:
        paths = _walk(self._root, "") if self._visible is None else sorted(self._visible)
        files: list[str] = []
        links: dict[str, str] = {}
        refused: dict[str, str] = {}
        for path in paths:
            real = self._root / path
            if real.is_symlink():
                links[path] = str(real.readlink())
            elif real.is_file():
                files.append(path)
            elif real.is_dir():
                refused[path.rstrip("/")] = "it is a repository of its own"
            elif real.exists():
                refused[path] = "it is neither a file nor a folder"
        return _Found(files, links, refused)


class CommitTree:
    """The files of one commit, exactly; read through git's object store, nothing is checked out."""

    def __init__(self, git: Git, commit: str) -> None:
        self._git = git
        self._listing = git.listing(commit)
        self._blobs: dict[str, bytes] = {}

    def paths(self) -> Sequence[str]:
        return self._found.files

    def refused(self) -> Mapping[str, str]:
        return self._found.refused

    def read(self, path: str) -> bytes:
        blob = self._listing[self._found.real(path)]
        if blob.id not in self._blobs:
            self._load(path)
        return _no_pointer(path, self._blobs[blob.id])

    def _load(self, path: str) -> None:
        """This file and, if it is small, its small neighbours: one process for many files."""
        asked = self._listing[self._found.real(path)]
        wanted = [asked.id]
        room = _BATCH if asked.size <= _SMALL else 0
        near = sorted(self._found.files, key=lambda other: _nearness(path, other), reverse=True) if room else []
        for other in near:
            blob = self._listing[self._found.real(other)]
            if blob.size > _SMALL or blob.id == asked.id or blob.id in self._blobs:
                continue
            room -= blob.size
            if room <= 0:
                break
            wanted.append(blob.id)
        self._blobs.update(self._git.blobs(wanted))

    @cached_property
    def _found(self) -> _Found:
        files = [path for path, blob in self._listing.items() if blob.mode in ("100644", "100755")]
        refused = {path: "it is a submodule" for path, entry in self._listing.items() if entry.kind == "commit"}
        links = {path: blob.id for path, blob in self._listing.items() if blob.mode == "120000"}
        targets = self._git.blobs(list(links.values())) if links else {}
        return _Found(files, {path: os.fsdecode(targets[link]) for path, link in links.items()}, refused)


class _Found:
    """What was found: regular files, links resolved inside the repository, and what is refused."""

    def __init__(self, files: Iterable[str], links: Mapping[str, str], refused: Mapping[str, str]) -> None:
        self._files = frozenset(files)
        self._links = links
        wrong = dict(refused)
        self._aliases: dict[str, str] = {}
        for path in links:
            real = self._follow(path)
            if real in self._files:
                self._aliases[path] = real
            else:
                wrong[path] = f"it is a link to `{links[path]}`, which is no file of this repository"
        self.refused: Mapping[str, str] = MappingProxyType(wrong)
        self.files = tuple(sorted((*self._files, *self._aliases)))

    def real(self, path: str) -> str:
        """The regular file that `path` stands for."""
        if path in self._files:
            return path
        if path in self._aliases:
            return self._aliases[path]
        for holder in (path, *_holders(path)):
            if holder in self.refused:
                raise RefusedFile(f"{holder} cannot be read: {self.refused[holder]}", hint="Put a real file there.")
        raise MissingFile(f"there is no file {path}", hint="Is it spelt right, and added to git?")

    def _follow(self, path: str) -> str:
        for _ in range(_LINKS_IN_A_ROW):
            if path not in self._links:
                return path
            target = self._links[path]
            if target.startswith("/"):
                return ""
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return ""


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """What lies below `folder`, links and odd things too; of folders only those that are repositories of their own."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if entry.name != ".git"]
    for name, is_folder in found:
        if is_folder and not (folder / name / ".git").exists():
            yield from _walk(folder / name, f"{prefix}{name}/")
        else:
            yield prefix + name


def _no_pointer(path: str, content: bytes) -> bytes:
    if len(content) < _POINTER_SIZE and content.startswith(_POINTER):
        raise RefusedFile(
            f"{path} is a Git LFS pointer: its bytes are not in git",
            hint="Add the file itself: git lfs untrack it, and commit it again.",
        )
    return content


def _holders(path: str) -> Iterator[str]:
    """The folders that a path lies in, the innermost first; a path from outside (`/x`) comes to an end too."""
    while (above := posixpath.dirname(path)) not in ("", path):
        yield (path := above)


def _nearness(path: str, other: str) -> int:
    """How many leading characters two paths share: files of one folder are read together."""
    return len(posixpath.commonprefix((path, other)))
