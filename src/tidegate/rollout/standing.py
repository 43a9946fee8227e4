"""Where one device is, and what a wave's devices add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from tidegate.model.event import Stepped
from tidegate.model.state import ENDS, State, Step
from tidegate.rollout.machine import TRANSITIONS

SILENT_ABOUT = frozenset({Step.LOST, Step.TAKEN_OVER, Step.SILENT})
"""Steps that are taken because nothing was heard: all others are contact, or need none."""
_BEFORE_APPLY = frozenset({State.PENDING, State.PREFLIGHT, State.NOOP, State.SKIPPED, State.REFUSED, State.UNKNOWN})


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Standing:
    """One device. `failed`: counted, for good. `fresh`: taken over and not yet understood. `silent`: past its age.

    `unreached`: not attempted for want of contact or fitness. `touched`: it is known to have been switched, or may
    have been. `found` is what ran when it was staged, `runs` the last digests read back. `since` is when the state
    was entered, `quiet` when contact was lost, `homeward` since when it goes back, whoever asked it meanwhile.
    """

    state: State = State.PENDING
    attempt: int = 1
    failed: bool = False
    fresh: bool = False
    silent: bool = False
    unreached: bool = False
    touched: bool = False
    why: str = ""
    text: str = ""
    since: datetime | None = None
    quiet: datetime | None = None
    homeward: datetime | None = None
    found: Mapping[str, str] = field(default_factory=_nothing)
    runs: Mapping[str, str] = field(default_factory=_nothing)

    @property
    def ended(self) -> bool:
        return self.state in ENDS

    @property
    def healthy(self) -> bool:
        """It has the change and nothing speaks against it (S in analysis.md, once its soak is over)."""
        return not self.failed and self.state in (State.SOAKING, State.CONFIRMED, State.SUCCEEDED)

    @property
    def in_flight(self) -> bool:
        """It holds one of its wave's slots: started, and neither soaking nor ended nor counted as failed."""
        return not self.failed and not self.unreached and self.state in _SLOT

    @property
    def undecided(self) -> bool:
        """Started, and neither healthy nor failed nor out of it (D in analysis.md)."""
        return not self.failed and not self.unreached and self.state in _UNDECIDED

    @property
    def at_rest(self) -> bool:
        """Nothing more happens to it by itself: ended, confirmed, or silent and counted."""
        return self.ended or self.state in (State.PENDING, State.CONFIRMED) or self.silent


_STAYS_UNREACHED = frozenset({State.UNKNOWN, State.REVERTING, State.SKIPPED, State.REVERTED})
_SLOT = frozenset({State.PREFLIGHT, State.APPLYING, State.VERIFYING, State.UNKNOWN, State.REVERTING})
_UNDECIDED = _SLOT | {State.CONFIRMING}


def stepped(standing: Standing, event: Stepped) -> Standing:
    """Where the device is after a step. KeyError for a step its state does not have: the record is not ours."""
    state = TRANSITIONS[standing.state, event.s]
    contact = event.s not in SILENT_ABOUT
    return replace(
        standing,
        state=state,
        attempt=event.a,
        failed=standing.failed or event.failed,
        fresh=_is_fresh(standing, state, event.s),
        silent=event.s is Step.SILENT or (standing.silent and not contact),
        unreached=_is_unreached(standing, event),
        touched=_is_touched(standing, state, event.s),
        why=event.why or ("" if contact else standing.why),
        text=event.text or ("" if contact else standing.text),
        since=event.at,
        quiet=None if contact else standing.quiet or event.at,
        homeward=_homeward(standing, state, event.at),
        found=event.runs if event.s is Step.STAGED else standing.found,
        runs=event.runs or standing.runs,
    )


def _is_touched(standing: Standing, state: State, step: Step) -> bool:
    """What was lost had been asked to switch."""
    return state is not State.PENDING and (standing.touched or state not in _BEFORE_APPLY or step is Step.LOST)


def _homeward(standing: Standing, state: State, at: datetime) -> datetime | None:
    if state is State.REVERTING:
        return standing.homeward or at
    return standing.homeward if state is State.UNKNOWN else None


def taken_over(standing: Standing, at: datetime) -> Standing:
    """A runner took the lease: what was known of a device at work is no longer certain (row 23)."""
    state = TRANSITIONS[standing.state, Step.TAKEN_OVER]
    return replace(standing, state=state, fresh=True, silent=False, since=at, quiet=standing.quiet or at)


def _is_fresh(standing: Standing, state: State, step: Step) -> bool:
    if step is Step.TAKEN_OVER:
        return True
    return standing.fresh and state in (State.UNKNOWN, State.REVERTING)


def _is_unreached(standing: Standing, event: Stepped) -> bool:
    if event.s in (Step.UNFIT, Step.UNREACHED) or event.why == "unreached":
        return True
    return standing.unreached and event.to in _STAYS_UNREACHED
