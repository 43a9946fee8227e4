"""What the record says of the fleet: what runs where and since which rollout, what is bad, what came last in a lane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType

from tidegate.audit.shelf import Past
from tidegate.model.canonical import NONE
from tidegate.model.event import Retried, Stepped
from tidegate.model.plan import Digests, Kind
from tidegate.model.state import State

_RECORDS = frozenset({State.CONFIRMED, State.SUCCEEDED, State.REVERTED})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a digest on a device came from: the rollout that put it there, and the revision it was rendered from."""

    rollout: str
    revision: str


@dataclass(frozen=True)
class History:
    """`running`: device -> component -> digest, `none` where only files as found are known. `sources`: by (device,
    component, digest). `bad`: (component, digest) pairs that went back and that nobody said to retry since.
    `revisions`: the one deployed last, by lane.
    """

    running: Mapping[str, Digests]
    sources: Mapping[tuple[str, str, str], Source]
    bad: AbstractSet[tuple[str, str]]
    revisions: Mapping[str, str]

    @classmethod
    def of(cls, pasts: Iterable[Past], project: str) -> History:
        """`pasts` are all rollouts of the branch, the oldest first; those of other projects are passed over."""
        running: dict[str, dict[str, str]] = {}
        sources: dict[tuple[str, str, str], Source] = {}
        bad: set[tuple[str, str]] = set()
        revisions: dict[str, str] = {}
        known: dict[str, Past] = {}
        for past in (past for past in pasts if past.lane.partition("/")[0] == project):
            known[past.rollout] = past
            if past.plan.kind is Kind.DEPLOY:
                sources.update(_sources(past))
                revisions[past.lane] = past.opened.revision
                bad -= {(event.component, event.digest) for event in past.first_events if isinstance(event, Retried)}
            elif past.opened.of in known:
                bad |= _targets(known[past.opened.of])
            if past.ended is not None:
                bad |= {pair for pair in _targets(past) if pair[0] in past.ended.bad}
            for device, has in _has(past):
                running.setdefault(device, {}).update(has)
        return cls(MappingProxyType(running), MappingProxyType(sources), frozenset(bad), MappingProxyType(revisions))


def _targets(past: Past) -> set[tuple[str, str]]:
    return {(component, digest) for (_, component), digest in past.plan.targets.items() if digest != NONE}


def _sources(past: Past) -> Iterator[tuple[tuple[str, str, str], Source]]:
    source = Source(past.rollout, past.plan.revision)
    for key, digest in past.plan.targets.items():
        yield (*key, digest), source


def _has(past: Past) -> Iterator[tuple[str, Digests]]:
    """What its devices run, as it says at its end, or, until then, as each was read back last."""
    if past.ended is not None:
        yield from past.ended.has.items()
        return
    for event in past.events:
        if isinstance(event, Stepped) and event.to in _RECORDS and event.runs:
            yield event.d, event.runs


def transaction_of(past: Past, device: str) -> str:
    """The transaction in which this rollout was confirmed on a device; the device keeps its snapshot. Empty: never."""
    attempts = [
        event.a
        for event in past.events
        if isinstance(event, Stepped) and event.d == device and event.to is State.CONFIRMED
    ]
    return f"{past.lane.partition('/')[0]}.{past.rollout}.{attempts[-1]}" if attempts else ""
