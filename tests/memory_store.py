"""An audit branch in memory: what is true of it is what is true of one in git, and all that can happen to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.audit.segment import AUDIT, branch_id, place_of
from tidegate.audit.shelf import Archive, Page, Shelf
from tidegate.audit.store import Added, Entry, Tip, Unwritten
from tidegate.audit.trouble import NoBranch, Tampered
from tidegate.errors import RemoteAway
from tidegate.model.canonical import digest


@dataclass
class MemoryRemote:
    """The branch that several stores share; `tips` are its commits.

    `away` says whether it answers. Of the next pushes `late` ones are not there when they are looked for, and land
    afterwards if nothing else did; `lost` ones never arrive; `cut` ones are written, and then the remote is away.
    """

    tips: list[Tip] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    away: bool = False
    late: int = 0
    lost: int = 0
    cut: int = 0
    _landing: tuple[str, Entry] | None = None

    def __post_init__(self) -> None:
        self.archive = Archive(self.read)

    def read(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        return {id_: self.blobs[id_] for id_ in ids}

    @property
    def commit(self) -> str:
        """What the branch's ref would name; nothing where there is none."""
        return self.tips[-1].commit if self.tips else ""

    def push(self, expected: str, entry: Entry) -> bool:
        """Compare and swap."""
        if self.commit != expected:
            return False
        if self.lost:
            self.lost -= 1
            return False
        if self.late:
            self.late -= 1
            self._landing = expected, entry
            return False
        self.write(entry)
        if self.cut:
            self.cut -= 1
            self.away = True
        return True

    def land(self) -> None:
        """What was under way arrives."""
        landing, self._landing = self._landing, None
        if landing is not None and landing[0] == self.commit:
            self.write(landing[1])

    def write(self, entry: Entry) -> None:
        """One more commit."""
        ids = {path: digest(content) for path, content in entry.files.items()}
        self.blobs.update({ids[path]: content for path, content in entry.files.items()})
        number = len(self.tips)
        commit = digest(f"{self.commit} {sorted(ids.items())}".encode())
        if not self.tips:
            content = entry.files[AUDIT]
            self.tips.append(Tip(commit, 0, digest(content), branch_id(content), Shelf(self.archive)))
            return
        pages = [Page(path, ids[path], place) for path in ids if (place := place_of(path)) is not None]
        segment = next(page for page in pages if page.place.n)
        shelf = self.tips[-1].shelf.grown(pages)
        self.tips.append(replace(self.tips[-1], commit=commit, seq=number, digest=segment.id, shelf=shelf))


class MemoryStore:
    """One process's view of it: it remembers the newest tip that it saw."""

    name = "memory/tidegate-audit"

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote
        self._seen = ""

    async def fetch(self) -> Tip:
        remote = self._remote
        if remote.away:
            raise RemoteAway(f"{self.name} cannot be reached")
        remote.land()
        return self._read()

    async def add(self, tip: Tip, entry: Entry) -> Added:
        return self._push(tip.commit, entry)

    async def create(self, entry: Entry) -> Added:
        return self._read() if self._seen else self._push("", entry)

    def _push(self, expected: str, entry: Entry) -> Added:
        remote = self._remote
        if remote.away:
            raise RemoteAway(f"{self.name} cannot be reached")
        written = remote.push(expected, entry)
        if remote.away:
            raise RemoteAway(f"{self.name} cannot be reached")
        if not remote.tips and not self._seen:
            return Unwritten("no answer")
        tip = self._read()
        return tip if written or not expected else Unwritten("stale")

    def _read(self) -> Tip:
        remote = self._remote
        if not remote.tips and not self._seen:
            raise NoBranch(f"there is no audit branch {self.name}")
        if self._seen and self._seen not in [tip.commit for tip in remote.tips]:
            raise Tampered(f"{self.name} does not continue what was seen here")
        self._seen = remote.commit
        return remote.tips[-1]
