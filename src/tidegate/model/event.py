"""What happened: one dataclass per word of records.md, and what all of them carry.

`DECISIONS` are durable on the remote before they are acted on; the others are facts. `at` is when it happened (UTC),
`o` the random owner (one per process), `k` the event's number there: together they are its identity for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from tidegate.model.state import HeldKind, Result, State, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    at: datetime
    o: str
    k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(_Event):
    """A rollout begins. `file`: sha256 of plan.json; `base`: the revision before; `of`: what is rolled back."""

    kind: Literal["deploy", "rollback", "break_glass"]
    revision: str
    base: str
    plan: str
    file: str
    asked: Mapping[str, Any]
    changes: tuple[Mapping[str, Any], ...] = ()
    of: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTaken(_Event):
    """Who acts now; for every device of row 23 this is `taken_over`. `from_`: the token before; `free`: was it free.

    `proof` is `environment unproven` where a job could not show that it runs in its environment.
    """

    token: int
    from_: int
    free: bool
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(_Event):
    """`ask` is the seq of the segment that asks."""

    ask: int
    wave: str
    environment: str
    count: int
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(_Event):
    """`run` and `attempt` of the workflow in which it was said, `started_at` when the job that read it began."""

    ask: int
    wave: str
    plan: str
    by: str
    via: Literal["environment", "command"] = "command"
    why: str = ""
    run: str = ""
    attempt: int = 0
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(_Event):
    ask: int
    wave: str
    plan: str
    by: str
    via: Literal["environment", "command"] = "command"
    why: str = ""
    run: str = ""
    attempt: int = 0
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOpened(_Event):
    wave: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(_Event):
    """A device moved. `d` device, `a` attempt, `s` step, `to` the state it is in now; `text` is untrusted."""

    d: str
    a: int
    s: Step
    to: State
    why: str = ""
    failed: bool = False
    runs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveJudged(_Event):
    wave: str
    verdict: str
    row: int
    reason: str
    n: int
    u: int
    f: int
    s: int
    d: int
    allowed: int
    llr: str
    bound: str
    devices: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked(_Event):
    """A person's stop: `then` go back (abort) or hold (pause)."""

    by: str
    then: Literal["back", "hold"]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(_Event):
    scope: Literal["wave", "rollout"]
    wave: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvent(_Event):
    """`hold` is the seq of the segment that says so."""

    hold: int
    kind: HeldKind
    wave: str = ""
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Event):
    hold: int
    by: str
    answer: Literal["go", "back", "end"]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried(_Event):
    component: str
    digest: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(_Event):
    """A person looked at a stranded device, and lifted its quarantine (docs/adr/0002)."""

    d: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostReports(_Event):
    count: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(_Event):
    token: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedEvent(_Event):
    """`has`: device -> component -> digest that runs now; `bad`: components whose to-digests are remembered as bad."""

    result: Result
    reason: str
    counts: Mapping[str, int]
    has: Mapping[str, Mapping[str, str]]
    bad: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact(_Event):
    """A fact of a newer Tidegate: shown, folded into nothing."""

    e: str
    fields: Mapping[str, Any]


Event: TypeAlias = (
    Opened
    | LeaseTaken
    | Asked
    | Approved
    | Rejected
    | WaveOpened
    | Stepped
    | WaveJudged
    | StopAsked
    | Back
    | HeldEvent
    | Answered
    | Retried
    | Released
    | LostReports
    | Late
    | EndedEvent
    | UnknownFact
)

NAMES: Mapping[str, type[Any]] = MappingProxyType(
    {
        "opened": Opened,
        "lease_taken": LeaseTaken,
        "asked": Asked,
        "approved": Approved,
        "rejected": Rejected,
        "wave_opened": WaveOpened,
        "step": Stepped,
        "wave_judged": WaveJudged,
        "stop_asked": StopAsked,
        "back": Back,
        "held": HeldEvent,
        "answered": Answered,
        "retried": Retried,
        "released": Released,
        "lost_reports": LostReports,
        "late": Late,
        "ended": EndedEvent,
    }
)
FACTS = (Stepped, LostReports, Late, UnknownFact)
"""Everything else is a decision or a person's word: durable before it is acted on."""
WORDS = (Approved, Rejected, StopAsked, Answered, Released)
"""What people write, without the lease."""
