"""What a wave's devices add up to, kept in O(1) per event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tidegate.model.state import ENDS, State
from tidegate.rollout.standing import Standing

_INDEX = {state: index for index, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one wave's devices. `settled` is when the last one left its way up: the soak counts from there."""

    members: int
    states: tuple[int, ...]
    failed: int = 0
    unreached: int = 0
    healthy: int = 0
    undecided: int = 0
    in_flight: int = 0
    silent: int = 0
    skipped_unreached: int = 0
    settled: datetime | None = None

    @classmethod
    def fresh(cls, members: int) -> Tally:
        states = [0] * len(State)
        states[_INDEX[State.PENDING]] = members
        return cls(members, tuple(states))

    def count(self, *states: State) -> int:
        return sum(self.states[_INDEX[state]] for state in states)

    @property
    def pending(self) -> int:
        return self.states[0]

    @property
    def planned(self) -> int:
        """n of analysis.md: members, less NOOP and SKIPPED (but for the unreached)."""
        return self.members - self.count(State.NOOP) - (self.count(State.SKIPPED) - self.skipped_unreached)

    @property
    def at_rest(self) -> bool:
        """Nothing more happens here by itself, except that pending devices may start."""
        moving = self.members - self.count(State.PENDING, State.CONFIRMED, *ENDS)
        return moving == self.silent


def moved(tally: Tally, old: Standing, new: Standing, at: datetime) -> Tally:
    """The tally after one of its devices went from `old` to `new`."""
    states = list(tally.states)
    states[_INDEX[old.state]] -= 1
    states[_INDEX[new.state]] += 1
    undecided = tally.undecided + new.undecided - old.undecided
    on_the_way = states[0] + undecided
    return Tally(  # not `replace`, which costs as much as all the rest of it
        members=tally.members,
        states=tuple(states),
        failed=tally.failed + new.failed - old.failed,
        unreached=tally.unreached + new.unreached - old.unreached,
        skipped_unreached=tally.skipped_unreached + _skipped(new) - _skipped(old),
        healthy=tally.healthy + new.healthy - old.healthy,
        undecided=undecided,
        in_flight=tally.in_flight + new.in_flight - old.in_flight,
        silent=tally.silent + _is_silent(new) - _is_silent(old),
        settled=None if on_the_way else tally.settled or at,
    )


def _skipped(standing: Standing) -> bool:
    return standing.state is State.SKIPPED and standing.unreached


def _is_silent(standing: Standing) -> bool:
    return standing.silent and standing.state in (State.UNKNOWN, State.REVERTING)
