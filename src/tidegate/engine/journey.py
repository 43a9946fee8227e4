"""One device's way through a rollout: ask, read the answer, step, until there is nothing more to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from tidegate.clock import Clock
from tidegate.engine.book import Book
from tidegate.engine.health import Health
from tidegate.engine.job import Job
from tidegate.errors import LeaseLost
from tidegate.model.answer import Answer, Ended, Failed, Lost, Refused, Seen
from tidegate.model.project import Device
from tidegate.model.state import State
from tidegate.model.verb import Address, Apply, Confirm, Heartbeat, Inspect, Look, Revert, Stage, Verb, Why
from tidegate.rollout.facts import Facts, Move
from tidegate.rollout.orders import is_watched, may_confirm
from tidegate.rollout.reading import reading
from tidegate.rollout.standing import Standing

_ON_THE_MOVE = frozenset({State.VERIFYING, State.SOAKING})
_BEYOND = 120
"""Seconds that a device stays armed beyond its timeout: ours to ask it and be answered."""
_QUIET = frozenset({State.UNKNOWN, State.REVERTING})


class Pause(Protocol):
    """Sleeps until a time of the monotonic clock, or until something changed for all devices."""

    async def __call__(self, device: str, until: float) -> None: ...


class Journey:
    """A device at work. Everything it learns becomes a step in the book; it keeps only what an answer does not say."""

    def __init__(self, name: str, job: Job, book: Book, token: int, clock: Clock, pause: Pause) -> None:
        self._name = name
        self._job = job
        self._book = book
        self._token = token
        self._clock = clock
        self._pause = pause
        self._device: Device = job.devices[name]
        self._probes = [job.probes[probe] for probe in job.plan.health_of(name)]
        self._health = self._new_health()
        self._inspected = False
        self._armed_until = 0.0
        self._beat = float("-inf")
        self._keep_first = False
        self._next_ask = 0.0
        self._patience = 1.0
        self._reverts = 0
        self._seen_by_us = name not in book.progress.asked_anew

    @property
    def standing(self) -> Standing:
        return self._book.progress.devices[self._name]

    @property
    def unasked(self) -> bool:
        """A confirmed device that has not yet answered this runner since it took over."""
        return not self._seen_by_us

    async def travel(self) -> None:
        """Until the device ends, or rests until others move. Raises LeaseLost."""
        while not self._at_rest():
            if self._step(None):
                continue
            verbs = self._verbs()
            if verbs:
                await self._ask(verbs)
            elif not await self._look():
                await self._pause(self._name, self._next_due())

    def _at_rest(self) -> bool:
        standing = self.standing
        if standing.ended or standing.state is State.PENDING:
            return True
        if standing.state is not State.CONFIRMED:
            return False
        going = self._book.progress.goes_back(self._name)
        return not (going or self.unasked or (is_watched(self._book.progress, self._name) and self._probes))

    def _step(self, answer: Answer | None) -> bool:
        before = self.standing
        move = reading(before, self._facts(), answer)
        if move is None:
            return False
        self._book.step(self._name, move)
        self._entered(before, move)
        return True

    def _entered(self, before: Standing, move: Move) -> None:
        state = self.standing.state
        if state is before.state:
            return
        self._next_ask, self._patience = 0.0, 1.0
        self._keep_first = before.state is State.CONFIRMED and move.failed
        if state is State.VERIFYING:
            self._health = self._new_health()
        if state is State.PENDING:
            self._inspected, self._reverts = False, 0

    def _facts(self) -> Facts:
        progress, standing, plan = self._book.progress, self.standing, self._job.plan
        now = self._clock.monotonic()
        return Facts(
            family=self._job.family,
            target=plan.devices[self._name].to,
            former=standing.found or plan.before.get(self._name, {}),
            back=progress.goes_back(self._name),
            confirm=standing.state is State.SOAKING and self._may_confirm(now),
            healthy=self._healthy(standing, now),
            late=self._is_late(standing),
            gone=self._is_gone(standing),
            again=standing.attempt < self._job.ages.attempts,
            tries=self._reverts < self._job.ages.reverts,
            skip=self._job.skip.get(self._name, ""),
            over_drift=bool(self._job.over_drift),
            text=self._health.text if standing.state in _ON_THE_MOVE or standing.state is State.CONFIRMED else "",
        )

    def _may_confirm(self, now: float) -> bool:
        in_time = self._armed_until - now > self._job.ages.margin
        return in_time and may_confirm(self._book.progress, self._name)

    def _healthy(self, standing: Standing, now: float) -> bool | None:
        if standing.state in _ON_THE_MOVE or is_watched(self._book.progress, self._name):
            return self._health.verdict(now)
        return None

    def _is_late(self, standing: Standing) -> bool:
        ages = self._job.ages
        limit = {
            State.PREFLIGHT: ages.preflight + self._job.plan.devices[self._name].timeout,
            State.APPLYING: float(self._job.plan.devices[self._name].timeout),
            State.VERIFYING: max([ages.verify, *(probe.needs() for probe in self._probes)]),
            State.CONFIRMING: ages.confirm,
            State.UNKNOWN: ages.unknown,
            State.REVERTING: ages.revert,
        }.get(standing.state)
        return limit is not None and standing.since is not None and self._age(standing) > limit

    def _age(self, standing: Standing) -> float:
        return (self._clock.now() - (standing.since or self._clock.now())).total_seconds()

    def _is_gone(self, standing: Standing) -> bool:
        quiet = standing.quiet if standing.state in _QUIET else None
        if standing.state is State.CONFIRMED and self.unasked:
            quiet = self._book.progress.asked_anew.get(self._name)
        return quiet is not None and self._clock.now() - quiet > timedelta(seconds=self._job.ages.grace)

    def _new_health(self) -> Health:
        return Health(self._probes, self._clock.monotonic())

    # What to ask next, and when.

    def _verbs(self) -> Sequence[Verb]:
        if self._clock.monotonic() < self._next_ask:
            return ()
        inspect = Inspect(tuple(self._job.plan.devices[self._name].to))
        match self.standing.state:
            case State.PREFLIGHT:
                return (Stage(tuple(self._job.loads(self._name))),) if self._inspected else (inspect,)
            case State.APPLYING:
                return (Apply(self._job.plan.devices[self._name].timeout + _BEYOND), inspect)
            case State.VERIFYING | State.SOAKING:
                return (Heartbeat(self._job.ages.armed),) if self._needs_heartbeat() else ()
            case State.CONFIRMING:
                return (Confirm(),)
            case State.REVERTING:
                return (Revert(self._why()), inspect)
            case State.UNKNOWN:
                return (inspect,)
            case _:
                return (inspect,) if self.unasked else ()

    def _needs_heartbeat(self) -> bool:
        now, ages = self._clock.monotonic(), self._job.ages
        if now - self._beat >= ages.heartbeat:
            return True
        if self.standing.state is State.VERIFYING and self._health.verdict(now):
            return True  # healthy: what runs is read back once more before it counts
        return self._armed_until - now <= ages.margin and may_confirm(self._book.progress, self._name)

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
        sent = self._clock.monotonic()
        answers = await self._send(verbs)
        self._remember(verbs, answers, sent)
        for answer in answers:
            if isinstance(answer, Refused) and answer.why == "token":
                raise LeaseLost(f"{self._name} has heard from a newer runner", hint="See: tidegate status")
            self._step(answer)

    async def _send(self, verbs: Sequence[Verb]) -> Sequence[Answer]:
        address = Address(self._job.scope, self._token, f"{self._job.family}{self.standing.attempt}")
        driver = self._job.drivers[self._device.driver]
        return await attempt(
            lambda: driver.ask(self._device, address, verbs, fill=self._job.fill, deadline=self._deadline(verbs))
        )

    def _deadline(self, verbs: Sequence[Verb]) -> float:
        slow = any(isinstance(verb, Apply | Stage | Revert) for verb in verbs)
        return self._job.ages.verb + (self._job.plan.devices[self._name].timeout if slow else 0)

    def _remember(self, verbs: Sequence[Verb], answers: Sequence[Answer], sent: float) -> None:
        for verb, answer in zip(verbs, answers, strict=False):
            match verb, answer:
                case (Apply(deadline=deadline), Ended()) | (Heartbeat(deadline=deadline), Seen()):
                    self._armed_until, self._beat = sent + deadline, sent
                case Inspect(), Seen():
                    self._inspected = self._seen_by_us = True
                case Revert(), Failed():
                    self._reverts += 1
                case _:
                    pass
        if self.standing.state in (State.UNKNOWN, State.REVERTING, State.CONFIRMING) or isinstance(answers[-1], Lost):
            self._next_ask = self._clock.monotonic() + self._patience
            self._patience = min(self._patience * 2, 30.0)

    # Looking.

    async def _look(self) -> bool:
        standing = self.standing
        if standing.state not in _ON_THE_MOVE and not is_watched(self._book.progress, self._name):
            return False
        due = self._health.due(self._clock.monotonic())
        for probe in due:
            glance = await self._job.probers[probe.kind].look(probe, self._device, self._ask_command)
            self._health.saw(probe, glance, self._clock.monotonic())
        return bool(due)

    async def _ask_command(self, _device: Device, command: str, seconds: int) -> Answer:
        answers = await self._send((Look(command, seconds),))
        return answers[-1]

    def _next_due(self) -> float:
        now = self._clock.monotonic()
        times = [now + 30.0]
        if self._next_ask > now:
            times.append(self._next_ask)
        health = self._health.next_due()
        if health is not None and health > now:
            times.append(health)
        if self.standing.state in _ON_THE_MOVE:
            times.append(self._beat + self._job.ages.heartbeat)
        return max(now + 0.05, min(times))


async def attempt(work: Callable[[], Awaitable[Sequence[Answer]]]) -> Sequence[Answer]:
    """What a driver answered; what it raises is its device's trouble, never the fleet's."""
    try:
        return await work()
    except Exception as error:  # noqa: BLE001 - the one place where a driver's bug becomes an outcome
        return (Failed(f"the driver failed: {type(error).__name__}: {error}"),)
