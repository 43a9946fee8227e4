"""What makes commits a record: each adds one entry after the one before it, and says so in its head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tidegate.audit.segment import Place, place_of
from tidegate.audit.shelf import Page
from tidegate.git import Change, Commit
from tidegate.model.segment import Segment
from tidegate.model.verified import Fault

PLAIN = "100644"
_DONE: Mapping[str, str] = MappingProxyType({"M": "was changed", "D": "was removed", "T": "is no file any more"})


@dataclass(frozen=True, slots=True)
class Link:
    """What the next segment must name: the number and the digest of the one before it."""

    seq: int
    digest: str


def pages_of(commit: Commit) -> tuple[Page, ...]:
    """The files of rollouts that a commit added, a segment before its plan."""
    added = (change for change in commit.changes if (change.status, change.mode) == ("A", PLAIN))
    placed = ((change, place_of(change.path)) for change in added)
    pages = [Page(change.path, change.id, place) for change, place in placed if place is not None]
    return tuple(sorted(pages, key=lambda page: -page.place.n))


def commit_faults(commit: Commit, parent: str) -> Iterator[Fault]:
    """What a commit does that is not adding one entry after `parent`."""
    if commit.parents != (parent,):
        yield Fault(commit.id, "", "does not follow the one before it, and that one alone")
    for change in commit.changes:
        what = _wrong(change)
        if what:
            yield Fault(commit.id, change.path, what)
    places = [page.place for page in pages_of(commit)]
    if not places or not _is_entry(places):
        yield Fault(commit.id, "", "does not add exactly one segment (and a plan beside the first of a rollout)")


def segment_faults(commit: Commit, segment: Segment, before: Link, folder: str, number: int) -> Iterator[Fault]:
    """What a segment says of its place that is not so. It must be `number` of its rollout, in `folder` ("": any)."""
    head, here = segment.head, segment.path
    if head.seq != before.seq + 1:
        yield Fault(commit.id, here, f"says that it is record {head.seq}, and follows record {before.seq}")
    if head.prev != before.digest:
        yield Fault(
            commit.id, here, f"does not follow from record {before.seq}: one of the two was altered or replaced"
        )
    if head.n != number:
        yield Fault(commit.id, here, f"is segment {head.n} of {head.rollout}; segment {number} was due")
    if folder and segment.path.rpartition("/")[0] != folder:
        yield Fault(commit.id, here, f"does not lie in its rollout's folder {folder}")
    if head.n == 1 and head.rollout != f"{head.lane.rpartition('/')[2]}-{head.seq}":
        yield Fault(commit.id, here, f"opens {head.rollout}, which is not named by its lane and its number {head.seq}")


def _wrong(change: Change) -> str:
    if change.status != "A":
        return _DONE.get(change.status, f"was changed ({change.status})")
    if change.mode != PLAIN:
        return f"is no plain file (mode {change.mode})"
    return "" if place_of(change.path) is not None else "belongs to no rollout"


def _is_entry(places: Sequence[Place]) -> bool:
    """One segment, alone or, where it is the first, with its plan."""
    first, *beside = places
    if first.n == 1:
        return [(place.folder, place.n) for place in beside] == [(first.folder, 0)]
    return first.n > 1 and not beside
