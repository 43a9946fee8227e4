"""One device's way through a rollout: ask, read the answer, step, until there is nothing more to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tidegate.clock import Clock
from tidegate.engine.book import Book
from tidegate.engine.caller import Caller
from tidegate.engine.contact import Contact
from tidegate.engine.health import Health
from tidegate.engine.job import Job
from tidegate.engine.lines import Lines
from tidegate.model.answer import Answer, Seen
from tidegate.model.state import State
from tidegate.model.verb import Apply, Confirm, Heartbeat, Inspect, Revert, Stage, Verb, Why
from tidegate.rollout.facts import Facts, Move
from tidegate.rollout.orders import is_halted, is_watched, may_confirm
from tidegate.rollout.reading import reading
from tidegate.rollout.standing import Standing

_BEFORE_THE_SWITCH = frozenset({State.PENDING, State.PREFLIGHT})
_ON_THE_MOVE = frozenset({State.VERIFYING, State.SOAKING})
_BEYOND = 120
"""Seconds that a device stays armed beyond its timeout: ours to ask it and be answered."""
_QUIET = frozenset({State.UNKNOWN, State.REVERTING})


class Pause(Protocol):
    """Sleeps until a time of the monotonic clock, or until something changed for all devices: True for the latter."""

    async def __call__(self, device: str, until: float) -> bool: ...


class Journey:
    """A device at work. Everything it learns becomes a step in the book; it keeps only what an answer does not say."""

    def __init__(self, name: str, job: Job, book: Book, token: int, clock: Clock, lines: Lines, pause: Pause) -> None:
        self._name = name
        self._job = job
        self._book = book
        self._clock = clock
        self._pause = pause
        self._caller = Caller(name, job, token, clock, lines)
        self._planned = job.plan.devices[name]
        self._inspect = Inspect(tuple(self._planned.to))
        self._probes = [job.probes[probe] for probe in job.plan.health_of(name)]
        self._needs = max((float(probe.needs()) for probe in self._probes), default=0.0)
        self._contact = Contact(name, job.ages, clock)
        self._health = Health(self._probes, clock.monotonic())
        self._seen: tuple[Seen, float] | None = None
        self._keep_first = False
        self._confirm = Confirm(anew=any(job.plan.components[name].reconnect for name in self._planned.to))

    @property
    def standing(self) -> Standing:
        return self._book.progress.devices[self._name]

    async def travel(self) -> None:
        """Until the device ends, or rests until others move. Raises LeaseLost."""
        quiet = False  # nothing changed while it slept: what was due is done before anything is decided anew
        while not self.at_rest:
            self._contact.stay_awake(self.standing.state)
            if not quiet and self._step(self._read_back()):
                continue
            verbs = self._verbs()
            if verbs:
                await self._ask(verbs)
                quiet = False
            elif await self._look() or quiet:
                quiet = False
            else:
                quiet = not await self._pause(self._name, self._next_due())

    async def let_go(self) -> None:
        """The last thing that is sent before we leave: a confirm, where the gate allows it. Raises LeaseLost."""
        if self.standing.state is State.SOAKING:
            self._step(None)
        if self.standing.state is State.CONFIRMING:
            await self._ask((self._confirm,))

    @property
    def at_rest(self) -> bool:
        """There is nothing to do here until others move."""
        standing = self.standing
        if standing.ended or standing.state is State.PENDING:
            return True
        if standing.state is not State.CONFIRMED:
            return False
        watched = is_watched(self._book.progress, self._name) and self._probes
        return not (watched or self._name in self._book.unasked or self._book.progress.goes_back(self._name))

    def _step(self, answer: Answer | None) -> bool:
        before = self.standing
        move = reading(before, self._facts(before), answer)
        if move is None:
            return False
        self._book.step(self._name, move)
        self._entered(before, move)
        return True

    def _entered(self, before: Standing, move: Move) -> None:
        state = self.standing.state
        if state is before.state:
            return
        self._contact.enter(state)
        self._seen = None
        self._keep_first = before.state is State.CONFIRMED and move.failed
        if before.state is State.CONFIRMED:
            self._book.heard(self._name)
        if state is State.VERIFYING:
            self._health = Health(self._probes, self._clock.monotonic())
        if state is State.PENDING:
            self._contact.reverts = 0

    def _facts(self, standing: Standing) -> Facts:
        progress, ages = self._book.progress, self._job.ages
        halted = standing.state in _BEFORE_THE_SWITCH and is_halted(progress, self._name)
        watched = standing.state in _ON_THE_MOVE or is_watched(progress, self._name)
        return Facts(
            family=self._job.family,
            target=self._planned.to,
            former=standing.found or self._job.plan.before.get(self._name, {}),
            back=progress.goes_back(self._name),
            confirm=standing.state is State.SOAKING and self._may_confirm(),
            healthy=self._health.verdict(self._clock.monotonic()) if watched else None,
            late=self._is_late(standing.state),
            gone=self._is_gone(standing),
            again=standing.attempt < ages.attempts,
            tries=self._contact.reverts < ages.reverts,
            skip=self._job.skip.get(self._name, "") or ("stopped" if halted else ""),
            over_drift=bool(self._job.over_drift),
            text=self._health.text if watched or standing.state is State.CONFIRMED else "",
        )

    def _may_confirm(self) -> bool:
        return self._contact.armed_for() > self._job.ages.margin and may_confirm(self._book.progress, self._name)

    def _is_late(self, state: State) -> bool:
        ages = self._job.ages
        match state:
            case State.PREFLIGHT:
                limit = ages.preflight + self._planned.timeout
            case State.APPLYING:
                limit = self._planned.timeout
            case State.VERIFYING:
                limit = max(ages.verify, self._needs)
            case State.CONFIRMING:
                limit = ages.confirm
            case State.UNKNOWN:
                limit = ages.unknown
            case State.REVERTING:
                limit = ages.revert + self._planned.timeout
            case _:
                return False
        return self._contact.waited(state) > limit

    def _is_gone(self, standing: Standing) -> bool:
        """Is its grace over, and did we too ask it in vain? Or did it go back, all that time, and never arrive?"""
        if standing.homeward is not None and self._is_over(standing.homeward):
            return True
        if not self._contact.silent:
            return False
        quiet = standing.quiet if standing.state in _QUIET else None
        if self._name in self._book.unasked:
            quiet = self._book.progress.asked_anew.get(self._name)
        return quiet is not None and self._is_over(quiet)

    def _is_over(self, since: datetime) -> bool:
        return self._clock.now() - since > timedelta(seconds=self._job.ages.grace)

    # What to ask next, and when.

    def _verbs(self) -> Sequence[Verb]:
        if self._clock.monotonic() < self._contact.next_ask:
            return ()
        inspect = self._inspect
        match self.standing.state:
            case State.PREFLIGHT:
                return (Stage(tuple(self._job.loads(self._name))), Apply(self._planned.timeout + _BEYOND), inspect)
            case State.APPLYING:
                return (Apply(self._planned.timeout + _BEYOND), inspect)
            case State.VERIFYING | State.SOAKING:
                return (Heartbeat(self._armed()),) if self._needs_heartbeat() else ()
            case State.CONFIRMING:
                return (self._confirm,)
            case State.REVERTING:
                # A way back that takes longer than a request may is asked after, not begun again.
                return (inspect,) if self._contact.on_its_way_back else (Revert(self._why()), inspect)
            case State.UNKNOWN:
                return (inspect,)
            case _:
                return (inspect,) if self._name in self._book.unasked else ()

    def _armed(self) -> int:
        """Seconds that a heartbeat is good for: its looks, too, may keep us from sending the next one."""
        return self._job.ages.armed + sum(probe.timeout for probe in self._probes)

    def _needs_heartbeat(self) -> bool:
        now = self._clock.monotonic()
        if now >= self._contact.next_beat():
            return True
        if self.standing.state is State.VERIFYING and self._health.verdict(now):
            return True  # healthy: what runs is read back once more before it counts
        in_time = self._contact.armed_for() > self._job.ages.margin
        return not in_time and may_confirm(self._book.progress, self._name)

    def _why(self) -> Why:
        standing = self.standing
        if standing.failed:
            return Why.FAILED
        if self._book.progress.goes_back(self._name):
            return Why.BACK
        return Why.FAILED if standing.why == Why.FAILED else Why.INTERRUPTED

    async def _ask(self, verbs: Sequence[Verb]) -> None:
        if self._keep_first:  # no deadline protects a confirmed device: its failure is durable before it goes back
            await self._book.keep()
            self._keep_first = False
        state = self.standing.state
        answers, sent = await self._caller.send(self.standing, verbs)
        self._contact.heard(state, verbs, answers, sent)
        for answer in answers:
            self._step(answer)
        self._learn(state, answers[-1])

    def _learn(self, asked_in: State, answer: Answer) -> None:
        """What an inspection found that led to no step: the change runs; this confirmed device still does."""
        if isinstance(answer, Seen):
            self._seen = answer, self._clock.monotonic()
            if asked_in is State.CONFIRMED is self.standing.state:
                self._book.answered(self._name)

    def _read_back(self) -> Seen | None:
        """What was read back, while it is no older than what a heartbeat would have said: it counts for its health."""
        if self.standing.state is not State.VERIFYING or self._seen is None:
            return None
        seen, at = self._seen
        now = self._clock.monotonic()
        recent = now - at < self._job.ages.heartbeat and self._contact.armed_for() > self._job.ages.margin
        return seen if recent and self._health.verdict(now) else None

    # Looking.

    async def _look(self) -> bool:
        state = self.standing.state
        if state not in _ON_THE_MOVE and not is_watched(self._book.progress, self._name):
            return False
        due = self._health.due(self._clock.monotonic())
        for probe in due:
            self._health.saw(probe, await self._caller.look(self.standing, probe), self._clock.monotonic())
        if state is State.CONFIRMED and self._health.verdict(self._clock.monotonic()) is not None:
            self._book.looked_at(self._name)
        return bool(due)

    def _next_due(self) -> float:
        now = self._clock.monotonic()
        times = [now + 30.0]
        if self._contact.next_ask > now:
            times.append(self._contact.next_ask)
        health = self._health.next_due()
        if health is not None and health > now:
            times.append(health)
        if self.standing.state in _ON_THE_MOVE:
            times.append(self._contact.next_beat())
        return max(now + 0.05, min(times))
