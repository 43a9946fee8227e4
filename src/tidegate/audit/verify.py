"""Is the record whole? Every commit of the branch from its first, each held against all before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tidegate.audit.chain import PLAIN, Link, commit_faults, pages_of, segment_faults
from tidegate.audit.lease import NOBODYS, Lease, lease_of
from tidegate.audit.rules import lease_wrongs, opening_wrongs, plan_wrongs
from tidegate.audit.segment import AUDIT, PLAN, branch_id, is_canonical, read_segment
from tidegate.audit.shelf import Page
from tidegate.errors import AuditError
from tidegate.git import Commit, Git
from tidegate.model.canonical import digest
from tidegate.model.segment import Segment
from tidegate.model.verified import Fault, Verified

_AT_ONCE = 500


def verify(git: Git, commit: str | None, known: Mapping[str, str]) -> Verified:
    """The branch as of `commit`; `known` are commits that must be on it, each with the words that say whence.

    Whatever lies there becomes a fault and never an error. Raises GitError where git cannot read the commits.
    """
    ledger = _Ledger()
    faults: list[Fault] = []
    commits = git.commits("", commit) if commit is not None else ()
    for start in range(0, len(commits), _AT_ONCE):
        some = commits[start : start + _AT_ONCE]
        contents = git.blobs([change.id for new in some for change in new.changes if change.mode == PLAIN])
        for new in some:
            faults += ledger.enter(new, contents)
    for wanted, whence in known.items():
        faults += _missing(git, commit, wanted, whence)
    return Verified(
        commit or "", ledger.records, len(ledger.folders), ledger.first, ledger.last, tuple(dict.fromkeys(faults))
    )


def _missing(git: Git, commit: str | None, wanted: str, whence: str) -> Iterator[Fault]:
    """What was on the branch as of a commit that is known, and is not on it any more."""
    known = git.resolve(wanted)
    if known is None:
        yield Fault("", "", f"does not have commit {wanted[:12]}, {whence}")
        return
    if commit is None:
        yield Fault("", "", f"is gone; commit {known[:12]}, {whence}, was on it")
        return
    if git.is_ancestor(known, commit):
        return
    yield Fault("", "", f"does not continue commit {known[:12]}, {whence}: it was cut short or rewritten")
    here = git.listing(commit)
    for lost in git.commits(commit, known):
        for change in lost.changes:
            if change.path not in here:
                yield Fault(lost.id, change.path, "was there, and was removed")
            elif here[change.path].id != change.id:
                yield Fault(lost.id, change.path, "was there, and was altered")


class _Ledger:
    """What the commits so far said."""

    def __init__(self) -> None:
        self.records = 0
        self.first = self.last = ""
        self.folders: dict[str, tuple[str, int]] = {}
        self._link = Link(-1, "")
        self._parent = ""
        self._leases: dict[str, Lease] = {}
        self._events: dict[tuple[str, int], int] = {}

    def enter(self, commit: Commit, contents: Mapping[str, bytes]) -> Iterator[Fault]:
        """One more commit: what is wrong with it. After a fault it goes on from what that one says of itself."""
        if not self._parent:
            yield from self._begin(commit, contents)
        else:
            yield from commit_faults(commit, self._parent)
            pages = {page.place: page for page in pages_of(commit)}
            for place in sorted(pages, key=lambda place: place.n):
                if place.n:
                    yield from self._segment(commit, pages[place], pages.get(replace(place, n=0)), contents)
        self._parent = commit.id

    def _begin(self, commit: Commit, contents: Mapping[str, bytes]) -> Iterator[Fault]:
        if commit.parents:
            yield Fault(commit.id, "", "should be the first, and has one before it")
        if [(change.status, change.path, change.mode) for change in commit.changes] != [("A", AUDIT, PLAIN)]:
            yield Fault(commit.id, "", f"is the first, and should add {AUDIT} and nothing else")
        about = next((contents[change.id] for change in commit.changes if change.path == AUDIT), b"")
        try:
            branch_id(about)
        except AuditError as error:
            yield Fault(commit.id, AUDIT, error.message)
        self._link = Link(0, digest(about))

    def _segment(
        self, commit: Commit, page: Page, beside: Page | None, contents: Mapping[str, bytes]
    ) -> Iterator[Fault]:
        content = contents[page.id]
        self.records += 1
        folder, count = self.folders.get(page.place.rollout, ("", 0))
        self.folders[page.place.rollout] = (folder or page.place.folder, page.place.n)
        try:
            segment = read_segment(page.path, content)
        except AuditError as error:
            yield Fault(commit.id, page.path, f"cannot be read: {error.message}")
            self._link = Link(self._link.seq + 1, digest(content))
            return
        yield from segment_faults(commit, segment, self._link, folder, count + 1)
        if not is_canonical(content):
            yield Fault(commit.id, page.path, "is not written in the one way to write it (canonical JSON)")
        for path, wrong in self._wrongs(segment, contents[beside.id] if beside is not None else None):
            yield Fault(commit.id, path, wrong)
        self._note(segment)

    def _wrongs(self, segment: Segment, plan: bytes | None) -> Iterator[tuple[str, str]]:
        folder = segment.path.rpartition("/")[0]
        for wrong in lease_wrongs(segment, self._leases.get(segment.head.lane, NOBODYS)):
            yield segment.path, wrong
        for wrong in opening_wrongs(segment, plan):
            yield segment.path, wrong
        for wrong in plan_wrongs(plan, segment) if plan is not None else ():
            yield f"{folder}/{PLAN}", wrong
        for event in segment.events:
            if (event.o, event.k) in self._events:
                yield segment.path, f"repeats an event of record {self._events[event.o, event.k]} ({event.o} {event.k})"

    def _note(self, segment: Segment) -> None:
        head = segment.head
        self._link = Link(head.seq, segment.digest)
        self._leases[head.lane] = lease_of(head)
        self._events.update(((event.o, event.k), head.seq) for event in segment.events)
        self.first = self.first or head.at
        self.last = head.at
