"""What one device was asked and when it answered: how long it stays armed, how long it has been silent."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from tidegate.clock import Clock
from tidegate.engine.job import Ages
from tidegate.errors import LeaseLost
from tidegate.model.answer import Answer, At, Ended, Failed, Lost, Placed, Refused, Seen
from tidegate.model.state import State
from tidegate.model.verb import Apply, Heartbeat, Inspect, Revert, Verb

_QUIET = frozenset({State.UNKNOWN, State.REVERTING})
_ARMED = frozenset({State.VERIFYING, State.SOAKING, State.CONFIRMING})
_SLOWER = 2.0
_SLOWEST = 30.0


def stay_awake(what: str, due: float, now: float, ages: Ages) -> None:
    """LeaseLost where something happens long after it was due: this runner slept, and others may have moved on.

    Nothing that is read after a long sleep says anything about devices that meanwhile looked after themselves.
    """
    if now - due > ages.margin:
        raise LeaseLost(
            f"this runner slept for {now - due:.0f} s while {what}",
            hint="Devices that it left armed went back by themselves; take it up anew: tidegate resume",
        )


class Contact:
    """One device on the line. Times are of the monotonic clock, in seconds.

    `reverts` counts the ways back that came to an end; `on_its_way_back`: one was begun, and its end was not heard.
    """

    def __init__(self, name: str, ages: Ages, clock: Clock) -> None:
        self.reverts = 0
        self._name = name
        self._ages = ages
        self._clock = clock
        self._armed_until = inf
        self._beat = -inf
        self._asked: float | None = None
        self.enter(State.PENDING)

    def enter(self, state: State) -> None:
        """Its state is a new one. Where that is UNKNOWN, a heartbeat may have arrived that we know nothing of.

        What makes it leave APPLYING was asked together with what made it enter.
        """
        asked = self._asked if state is State.APPLYING else None
        if state is State.UNKNOWN:
            self._armed_until, self._beat = inf, -inf
        self.next_ask = 0.0
        self.on_its_way_back, self._left = False, 0.0
        self._patience = 1.0
        self._entered = self._clock.monotonic()
        self._asked = asked
        self._silent = False

    def stay_awake(self, state: State) -> None:
        """LeaseLost where its dead man's switch fired because nobody renewed it: it is not to be blamed."""
        if state in _ARMED:
            stay_awake(f"{self._name} waited for a sign of it", self._armed_until, self._clock.monotonic(), self._ages)

    def waited(self, state: State) -> float:
        """Since when we wait for what takes it out of this state; only while it says nothing, where that counts."""
        if state is State.VERIFYING:
            return self._clock.monotonic() - self._entered
        if self.on_its_way_back:
            return self._clock.monotonic() - self._left
        if self._asked is None or (state in _QUIET and not self._silent):
            return 0.0
        return self._clock.monotonic() - self._asked

    @property
    def silent(self) -> bool:
        """It was asked, and did not answer."""
        return self._silent

    def armed_for(self) -> float:
        """It goes back by itself so many seconds from now; 0 where we have never armed it."""
        return 0.0 if self._armed_until == inf else self._armed_until - self._clock.monotonic()

    def next_beat(self) -> float:
        return self._beat + self._ages.heartbeat

    def heard(self, state: State, verbs: Sequence[Verb], answers: Sequence[Answer], sent: float) -> None:
        """Remember what it answered to verbs that were sent at that time, in that state."""
        for verb, answer in zip(verbs, answers, strict=False):
            match verb, answer:
                case (Apply(deadline=deadline), Ended()) | (Heartbeat(deadline=deadline), Seen()):
                    # Counted from its answer: one that takes long to answer still has time to be looked at.
                    self._armed_until, self._beat = sent + deadline, self._clock.monotonic()
                case Revert(), Failed() | Refused() | Placed(at=At.REVERTED):
                    self.reverts, self.on_its_way_back = self.reverts + 1, False
                case Revert(), Lost():
                    self.on_its_way_back, self._left = True, sent
                case Inspect(), Seen():
                    self._saw(answer)
                case _:
                    pass
        self._silent = not any(isinstance(answer, Seen | Placed) for answer in answers)
        if self._asked is None or not self._silent:
            self._asked = sent
        if state in _QUIET or state is State.CONFIRMING or isinstance(answers[-1], Lost):
            self._wait_longer()

    def _saw(self, seen: Seen) -> None:
        """What became of a way back whose end was not heard: it goes on, or failed, or is over."""
        going = seen.transactions.get(seen.open)
        if self.on_its_way_back and (going is None or going.at is not At.REVERTING or going.stuck):
            self.on_its_way_back = False
            self.reverts += going is not None and going.stuck

    def _wait_longer(self) -> None:
        self.next_ask = self._clock.monotonic() + self._patience
        self._patience = min(self._patience * _SLOWER, _SLOWEST)
