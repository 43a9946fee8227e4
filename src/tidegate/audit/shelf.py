"""What lies on the branch, by lane and rollout; read no further than it is asked for, and each file once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rpds import HashTrieMap

from tidegate.audit.segment import Place, read_segment
from tidegate.errors import AuditError
from tidegate.model.event import EndedEvent, Event, Opened
from tidegate.model.plan import Plan
from tidegate.model.plan_file import parse_plan
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the branch that has not been read yet: `id` is what its bytes are asked for by."""

    path: str
    id: str
    place: Place


class Archive:
    """Reads pages in batches and keeps what they say. `read`: ids to bytes; blocking."""

    def __init__(self, read: Callable[[Sequence[str]], Mapping[str, bytes]]) -> None:
        self._read = read
        self._segments: dict[str, Segment] = {}
        self._plans: dict[str, Plan] = {}

    def segments(self, pages: Sequence[Page]) -> tuple[Segment, ...]:
        """What these pages say, in their order."""
        missing = [page for page in pages if page.id not in self._segments]
        contents = self._read([page.id for page in missing]) if missing else {}
        for page in missing:
            self._segments[page.id] = read_segment(page.path, contents[page.id])
        return tuple(self._segments[page.id] for page in pages)

    def plan(self, page: Page) -> Plan:
        if page.id not in self._plans:
            content = self._read([page.id])[page.id]
            try:
                self._plans[page.id] = parse_plan(json.loads(content))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                wrong = f"{page.path} on the audit branch is no plan we can follow: {error}"
                raise AuditError(wrong, hint="See what is wrong: tidegate audit verify") from error
        return self._plans[page.id]


@dataclass(frozen=True)
class Past:
    """One rollout as the branch has it: like a `Record`, but read only as far as it is asked for.

    `pages` are its segments in order; never empty.
    """

    lane: str
    rollout: str
    pages: tuple[Page, ...]
    plan_page: Page
    archive: Archive = field(repr=False, compare=False)

    @property
    def opening(self) -> int:
        """The seq of the segment that opened it."""
        return int(self.rollout.rpartition("-")[2])

    @property
    def folder(self) -> str:
        return self.plan_page.place.folder

    @property
    def plan(self) -> Plan:
        return self.archive.plan(self.plan_page)

    @property
    def newest(self) -> Segment:
        return self.archive.segments(self.pages[-1:])[0]

    @cached_property
    def opened(self) -> Opened:
        first = self.archive.segments(self.pages[:1])[0]
        found = next((event for event in first.events if isinstance(event, Opened)), None)
        if found is None:
            wrong = f"{first.path} on the audit branch opens no rollout"
            raise AuditError(wrong, hint="See what is wrong: tidegate audit verify")
        return found

    @property
    def first_events(self) -> tuple[Event, ...]:
        """The events it was opened with."""
        return self.archive.segments(self.pages[:1])[0].events

    @cached_property
    def ended(self) -> EndedEvent | None:
        """How it ended; searched from its end, so that an old rollout costs one page."""
        events = (event for segment in self.backwards() for event in segment.events)
        return next((event for event in events if isinstance(event, EndedEvent)), None)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for segment in self.archive.segments(self.pages) for event in segment.events)

    @cached_property
    def record(self) -> Record:
        return Record(self.lane, self.rollout, self.plan, self.archive.segments(self.pages))

    def backwards(self) -> Iterator[Segment]:
        """Its segments, the newest first."""
        end, size = len(self.pages), 1
        while end > 0:
            yield from reversed(self.archive.segments(self.pages[max(0, end - size) : end]))
            end, size = end - size, size * 4


@dataclass(frozen=True)
class Shelf:
    """All rollouts of the branch. `order`: their ids by age; `heads`: the newest head of every lane."""

    archive: Archive
    pasts: HashTrieMap[str, Past] = HashTrieMap()
    order: tuple[str, ...] = ()
    heads: HashTrieMap[str, Head] = HashTrieMap()
    plans: HashTrieMap[str, Page] = HashTrieMap()

    @classmethod
    def of(cls, archive: Archive, pages: Iterable[Page]) -> Shelf:
        """A whole branch at once. Only the newest page of every rollout is read."""
        plans: dict[str, Page] = {}
        by_rollout: dict[str, list[Page]] = {}
        for page in pages:
            if page.place.n == 0:
                plans[page.place.rollout] = page
            else:
                by_rollout.setdefault(page.place.rollout, []).append(page)
        pasts = [_past(archive, sorted(held, key=_by_n), plans) for held in by_rollout.values()]
        pasts.sort(key=lambda past: past.opening)
        heads: dict[str, Head] = {}
        for head in (segment.head for segment in archive.segments([past.pages[-1] for past in pasts])):
            if head.lane not in heads or heads[head.lane].seq < head.seq:
                heads[head.lane] = head
        return cls(
            archive,
            HashTrieMap({past.rollout: past for past in pasts}),
            tuple(past.rollout for past in pasts),
            HashTrieMap(heads),
            HashTrieMap(plans),
        )

    def grown(self, pages: Sequence[Page]) -> Shelf:
        """With the pages of one more commit."""
        shelf = self
        for page in sorted(pages, key=_by_n):
            shelf = shelf._with_plan(page) if page.place.n == 0 else shelf._with(page)
        return shelf

    def of_lane(self, lane: str) -> tuple[Past, ...]:
        """The rollouts of a lane, the oldest first."""
        return tuple(past for past in self.all() if past.lane == lane)

    def newest_of(self, lane: str) -> Past | None:
        names = (name for name in reversed(self.order) if self.pasts[name].lane == lane)
        return next((self.pasts[name] for name in names), None)

    def all(self) -> tuple[Past, ...]:
        """All rollouts, the oldest first."""
        return tuple(self.pasts[name] for name in self.order)

    def _with_plan(self, page: Page) -> Shelf:
        return replace(self, plans=self.plans.insert(page.place.rollout, page))

    def _with(self, page: Page) -> Shelf:
        name = page.place.rollout
        old = self.pasts.get(name)
        past = _past(self.archive, (*(old.pages if old is not None else ()), page), self.plans)
        head = past.newest.head
        return replace(
            self,
            pasts=self.pasts.insert(name, past),
            order=self.order if old is not None else (*self.order, name),
            heads=self.heads.insert(head.lane, head),
        )


def _past(archive: Archive, pages: Sequence[Page], plans: Mapping[str, Page]) -> Past:
    first = pages[0].place
    if [page.place.n for page in pages] != list(range(1, len(pages) + 1)) or first.rollout not in plans:
        raise AuditError(
            f"the record of {first.rollout} on the audit branch is not whole", hint="See: tidegate audit verify"
        )
    return Past(first.lane, first.rollout, tuple(pages), plans[first.rollout], archive)


def _by_n(page: Page) -> int:
    return page.place.n
