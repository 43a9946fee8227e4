"""Requests to one device: bounded in time and number, under our token; what a plugin raises becomes an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tidegate.clock import Clock
from tidegate.engine.contact import stay_awake
from tidegate.engine.job import Job
from tidegate.engine.lines import Lines
from tidegate.errors import LeaseLost
from tidegate.model.answer import Answer, Failed, Lost, Refused
from tidegate.model.project import Probe
from tidegate.model.verb import Address, Apply, Login, Look, Revert, Stage, Verb
from tidegate.probes.base import Glance
from tidegate.rollout.standing import Standing

T = TypeVar("T")
_SLOW = frozenset({Apply, Stage, Revert})
"""Verbs that run commands of users, each up to the device's timeout."""


class Caller:
    """Sends verbs, and has probes look. Both raise LeaseLost, and nothing else."""

    def __init__(self, name: str, job: Job, token: int, clock: Clock, lines: Lines) -> None:
        self._name = name
        self._job = job
        self._token = token
        self._clock = clock
        self._lines = lines
        self._device = job.devices[name]
        self._timeout = job.plan.devices[name].timeout
        self._attempt = 1
        self._address = Address(job.scope, token, f"{job.family}1")

    async def send(self, standing: Standing, verbs: Sequence[Verb]) -> tuple[Sequence[Answer], float]:
        """The answers, and when the verbs were sent."""
        if standing.attempt != self._attempt:
            self._attempt = standing.attempt
            self._address = Address(self._job.scope, self._token, f"{self._job.family}{standing.attempt}")
        address = self._address
        driver, deadline = self._job.drivers[self._device.driver], self._deadline(verbs)
        async with self._lines.of(standing.state):
            sent = self._clock.monotonic()
            answers = await attempt(
                lambda: driver.ask(self._device, address, verbs, fill=self._job.fill, deadline=deadline),
                driver_lost if isinstance(verbs[0], Stage) else driver_failed,
            )
        stay_awake(f"{self._name} was asked", sent + deadline, self._clock.monotonic(), self._job.ages)
        last = answers[-1]
        if isinstance(last, Refused) and last.why == "token":
            raise LeaseLost(f"{self._name} has heard from a newer runner", hint="See: tidegate status")
        return answers, sent

    async def look(self, standing: Standing, probe: Probe) -> Glance:
        """One look of one probe."""

        async def ask(_device: object, verb: Look | Login) -> Answer:
            answers, _ = await self.send(standing, (verb,))
            return answers[-1]

        prober = self._job.probers[probe.kind]
        return await attempt(
            lambda: prober.look(probe, self._device, ask),
            lambda said: Glance(None, f"the probe failed: {said}"),
        )

    def _deadline(self, verbs: Sequence[Verb]) -> float:
        """Seconds for the whole request."""
        seconds = self._job.ages.verb
        for verb in verbs:
            if isinstance(verb, Look | Login):
                seconds += verb.timeout
            elif type(verb) in _SLOW:
                seconds += self._timeout
        return seconds


async def attempt(work: Callable[[], Awaitable[T]], otherwise: Callable[[str], T]) -> T:
    """What a driver or a probe says; what it raises is its device's trouble, never the fleet's."""
    try:
        return await work()
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where a plugin's bug becomes an outcome
        return otherwise(f"{type(error).__name__}: {error}")


def driver_failed(said: str) -> Sequence[Answer]:
    """What a device is taken to have answered where its driver broke down."""
    return (Failed(f"the driver failed: {said}"),)


def driver_lost(said: str) -> Sequence[Answer]:
    """The same, where it was to stage and to switch in one: nobody knows what of it arrived."""
    return (Lost(f"the driver failed: {said}"),)
