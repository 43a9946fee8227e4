"""What the engine needs for one rollout, as one value; and what others owe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Protocol

from tidegate.drivers.base import Driver
from tidegate.model.event import Event
from tidegate.model.plan import Plan
from tidegate.model.project import Device, Probe
from tidegate.model.record import Record
from tidegate.model.verb import Fill, Load
from tidegate.probes.base import Prober
from tidegate.rollout.decide import Seat
from tidegate.rollout.progress import Progress


class Journal(Protocol):
    """The lane's record, held by this runner.

    `append` writes facts and, if `decide` gives any, decisions in one compare-and-swap. `decide` is asked at every
    try, on the record as of that tip with the facts in it, and the seq that the segment will have; the second value
    it returns says whether the segment also releases the lease. Returned are all events of this rollout that the
    caller has not been given yet, its own facts among them, in the branch's order. Raises LeaseLost where another
    token holds the lane, RemoteAway where the remote does not answer.
    """

    @property
    def token(self) -> int: ...

    async def append(
        self,
        facts: Sequence[Event],
        decide: Callable[[Record, int], tuple[Sequence[Event], bool]] | None = None,
    ) -> Sequence[Event]: ...


class Notebook(Protocol):
    """The local spool: `write` returns once the events would survive our death."""

    def write(self, events: Sequence[Event]) -> None: ...


class Listener(Protocol):
    """Hears every event once it is folded. It must not wait. One that raises hears nothing more; the record says so."""

    def hear(self, event: Event, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class Ages:
    """How long, in seconds, a device may stay where it is, and how often it is asked.

    `flush` is how long a fact may wait for the remote, `retry` how long we wait for a remote that was away, `lease`
    how long one that does not answer leaves us the lease. `farewell` is all that a cancelled job still takes for
    confirms. `attempts` and `reverts` are numbers of times.
    """

    preflight: float = 60
    verify: float = 60
    confirm: float = 30
    unknown: float = 60
    revert: float = 180
    grace: float = 24 * 3600
    verb: float = 40
    armed: int = 180
    heartbeat: float = 30
    margin: float = 30
    flush: float = 30
    retry: float = 5
    lease: float = 600
    farewell: float = 5
    attempts: int = 3
    reverts: int = 3


@dataclass(frozen=True)
class Job:
    """One rollout to carry out.

    `family` is the transaction id without its attempt. `loads(device)` gives what is staged there, `fill` the
    secrets. `skip` names devices that are left out, with the reason. `owner` is random, one per process. `at_once`
    is how many requests to devices beyond those of a wave's `parallel` may be on their way at the same time. After
    `lasts` seconds this runner leaves what is not finished to a later one.
    """

    plan: Plan
    family: str
    scope: str
    owner: str
    devices: Mapping[str, Device]
    loads: Callable[[str], Sequence[Load]]
    fill: Fill
    drivers: Mapping[str, Driver]
    probers: Mapping[str, Prober]
    probes: Mapping[str, Probe]
    seat: Seat = Seat()
    skip: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    over_drift: str = ""
    at_once: int = 256
    lasts: float = inf
    ages: Ages = Ages()
