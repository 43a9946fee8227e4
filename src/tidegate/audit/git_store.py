"""The branch in git: commits made in a repository of our own, pushed by compare and swap, and then read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from tidegate import escape
from tidegate.audit.chain import PLAIN, Link, commit_faults, pages_of, segment_faults
from tidegate.audit.segment import AUDIT, branch_id, place_of
from tidegate.audit.shelf import Archive, Page, Shelf
from tidegate.audit.store import Added, Entry, Tip, Unwritten
from tidegate.audit.trouble import NoBranch, Tampered
from tidegate.errors import AuditError, GitError, RemoteAway
from tidegate.git import Commit, Git, masked
from tidegate.model.canonical import digest
from tidegate.model.verified import Fault

_LOOKS = 5
_VERIFY = "See what is wrong: tidegate audit verify"
_AWAY = "See whether you reach the remote, and may read it; then try again."
Answer = TypeVar("Answer")


class GitStore:
    """`branch` of `remote`, a URL or a path. The newest tip seen is kept as a ref of `git`, for the next process.

    Nothing is shared between calls but what cannot change, so that one which was cancelled may end in its thread.
    """

    def __init__(self, git: Git, remote: str, branch: str, *, name: str = "") -> None:
        self.name = name or f"{branch} of {masked(remote)}"
        self._git = git
        self._remote = remote
        self._ref = f"refs/heads/{branch}"
        self._memory = f"refs/tidegate/seen/{branch}"
        self._archive = Archive(git.blobs)
        self._tip: Tip | None = None

    async def fetch(self) -> Tip:
        return await asyncio.to_thread(self._fetch)

    async def add(self, tip: Tip, entry: Entry) -> Added:
        return await asyncio.to_thread(self._add, tip, entry)

    async def create(self, entry: Entry) -> Added:
        return await asyncio.to_thread(self._create, entry)

    def seen(self) -> str | None:
        """The newest commit of the branch that was seen on this machine."""
        return self._git.resolve(self._memory)

    def newest(self, *whole: str | None) -> str | None:
        """The commit that the branch has now, fetched; None where there is no branch. Raises RemoteAway.

        `whole` are commits that are surely here with all they hold. That an object is here says nothing: a fetch,
        of another process or one that was killed, brings a commit before its files.
        """
        for _ in range(_LOOKS):
            commit = self._reach(lambda: self._git.remote_ref(self._remote, self._ref))
            if commit is None or commit in whole:
                return commit
            self._reach(lambda: self._git.fetch(self._remote, self._ref))
            if self._git.resolve(commit) is not None:
                return commit
        raise AuditError(f"{self.name} was rewritten each time it was fetched", hint="See who pushes to it by force.")

    def remember(self, commit: str) -> None:
        """This was seen. Tampered where it neither continues what was seen here nor is a part of it."""
        for _ in range(_LOOKS):
            seen = self.seen()
            if seen is not None and self._git.is_ancestor(commit, seen):
                return
            if seen is not None and not self._git.is_ancestor(seen, commit):
                raise self._tampered(f"{self.name} does not continue what was seen here ({seen[:12]})", seen)
            if self._git.move_ref(self._memory, commit, seen):
                return
        wrong = f"cannot set {self._memory} in {self._git.directory}"
        raise GitError(wrong, hint="See whether it can be written; a .lock file beside it may be left from a dead git.")

    def _fetch(self, ours: str = "", parent: str = "") -> Tip:
        """`ours`: a commit made here, on top of `parent`, that the branch may have by now."""
        # Asked first: others of this machine move it too, and only what was there before is surely an ancestor.
        seen = self.seen()
        commit = self.newest(seen, ours)
        if commit is None:
            raise self._gone(seen)
        grown = commit == ours and seen == parent  # it is known without asking git
        if seen is not None and not grown and not self._git.is_ancestor(seen, commit):
            raise self._tampered(f"{self.name} does not continue what was seen here ({seen[:12]})", seen)
        tip = self._tip or self._whole(seen or commit)
        news = self._git.commits(tip.commit, commit) if tip.commit != commit else ()
        self._check(news, tip.commit)
        for new in news:
            tip = self._followed(tip, new)
        # It continues what was seen; others of this machine may have seen more meanwhile.
        if commit != seen and not self._git.move_ref(self._memory, commit, seen):
            self.remember(commit)
        self._tip = tip
        return tip

    def _add(self, tip: Tip, entry: Entry) -> Added:
        commit = self._git.commit_adding(tip.commit, entry.files, message=entry.title, at=entry.at)
        words = self._git.push_if(self._remote, self._ref, tip.commit, commit)
        after = self._fetch(commit, tip.commit)
        return after if self._git.is_ancestor(commit, after.commit) else Unwritten(words)

    def _create(self, entry: Entry) -> Added:
        if self.seen() is not None:
            return self._fetch()
        commit = self._git.commit_adding(None, entry.files, message=entry.title, at=entry.at)
        words = self._git.push_if(self._remote, self._ref, "", commit)
        try:
            return self._fetch(commit)
        except NoBranch:
            return Unwritten(words)

    def _whole(self, commit: str) -> Tip:
        """The branch as of a commit, from its listing and the newest page of every rollout."""
        listing = self._git.listing(commit)
        places = {path: place_of(path) for path in listing if path != AUDIT}
        pages = [Page(path, listing[path].id, place) for path, place in places.items() if place is not None]
        odd = [path for path, entry in listing.items() if entry.mode != PLAIN or places.get(path, ...) is None]
        if odd or AUDIT not in listing:
            what = f"{odd[0]} belongs to no rollout" if odd else f"{AUDIT} is not there"
            raise Tampered(escape.line(f"{self.name}, commit {commit[:12]}: {what}"), hint=_VERIFY)
        about = listing[AUDIT].id
        content = self._git.blobs([about])[about]
        shelf = Shelf.of(self._archive, pages)
        newest = max((past.newest for past in shelf.all()), key=lambda segment: segment.head.seq, default=None)
        link = Link(newest.head.seq, newest.digest) if newest is not None else Link(0, digest(content))
        if link.seq != sum(page.place.n > 0 for page in pages):
            raise Tampered(
                f"{self.name}, commit {commit[:12]}: records up to {link.seq} are not all there", hint=_VERIFY
            )
        return Tip(commit, link.seq, link.digest, branch_id(content), shelf)

    def _check(self, news: Sequence[Commit], parent: str) -> None:
        """Does each do nothing but add an entry? Then all of them are read, in one go."""
        for commit in news:
            self._refuse(commit_faults(commit, parent))
            parent = commit.id
        self._archive.segments([page for commit in news for page in pages_of(commit) if page.place.n])

    def _followed(self, tip: Tip, commit: Commit) -> Tip:
        """The tip after one more commit. Tampered where that does not add the segment that is due."""
        pages = pages_of(commit)
        segment = self._archive.segments(pages[:1])[0]
        past = tip.shelf.pasts.get(segment.head.rollout)
        folder, number = (past.folder, len(past.pages) + 1) if past is not None else ("", 1)
        self._refuse(segment_faults(commit, segment, Link(tip.seq, tip.digest), folder, number))
        shelf = tip.shelf.grown(pages)
        return replace(tip, commit=commit.id, seq=segment.head.seq, digest=segment.digest, shelf=shelf)

    def _refuse(self, faults: Iterable[Fault]) -> None:
        first = next(iter(faults), None)
        if first is not None:
            raise Tampered(escape.line(f"{self.name}, {first}"), hint=_VERIFY)

    def _gone(self, seen: str | None) -> AuditError:
        if seen is None:
            return NoBranch(f"there is no audit branch {self.name}", hint="Make it, once: tidegate audit init")
        return self._tampered(f"{self.name} is gone; {seen[:12]} was seen here", seen)

    def _tampered(self, what: str, seen: str) -> Tampered:
        kept = f"git --git-dir={self._git.directory} log {seen[:12]}"
        return Tampered(what, hint=f"Nothing was started or overwritten. {_VERIFY}\n  What was seen is kept: {kept}")

    def _reach(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except GitError as error:
            raise RemoteAway(f"{self.name} cannot be reached: {error.message}", hint=_AWAY) from error
