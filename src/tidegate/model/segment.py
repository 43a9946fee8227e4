"""One entry of the audit branch: its head, which is the lane's lease, and the events it brought."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.model.event import Event


@dataclass(frozen=True, slots=True)
class Head:
    """The first line. `seq` numbers the commits of the branch; `prev` chains them; `lane` is project/strategy."""

    seq: int
    prev: str
    lane: str
    rollout: str
    n: int
    held: bool
    token: int
    holder: str
    by: str
    tool: str
    at: str


@dataclass(frozen=True, slots=True)
class Segment:
    """`path` is its file on the branch; `digest` the sha256 of its bytes, which the next one's `prev` names."""

    head: Head
    events: tuple[Event, ...]
    path: str
    digest: str
