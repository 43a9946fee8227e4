"""A fleet in memory, on any clock: for tests, benchmarks and trying things out. Nothing outside is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from tidegate.clock import Clock
from tidegate.drivers.base import Capabilities, Runner
from tidegate.drivers.faults import Troubles
from tidegate.drivers.simulated_verbs import Until, hear, outcome
from tidegate.drivers.simulation import SimulatedDevice
from tidegate.errors import DriverError
from tidegate.model.answer import Answer, Ended, Failed, Lost, Refused
from tidegate.model.artifact import Artifact, Mark
from tidegate.model.examined import Examined
from tidegate.model.project import Device
from tidegate.model.value import parse_duration
from tidegate.model.verb import Address, Confirm, Fill, Stage, Verb, comes_anew

_CONNECT = 10.0
"""Seconds after which a device that says nothing counts as lost."""
_NOTHING = Lost("nothing answers", unsent=True)


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb that reached a device, and what it answered at once. `at` in seconds of the fleet's clock."""

    at: float
    device: str
    verb: Verb
    address: Address
    answer: Answer | Until


class SimulatedFleet:
    """The devices themselves: they outlive drivers and runners, and several drivers may share them.

    `runs` is what a device has recorded and on its disk when it is first met. `log`, where there is one, gets every
    verb that reaches a device, in order.
    """

    def __init__(
        self, clock: Clock, runs: Mapping[str, str] = MappingProxyType({}), log: list[Deed] | None = None
    ) -> None:
        self.clock = clock
        self.log = log
        self._runs = dict(runs)
        self._devices: dict[str, SimulatedDevice] = {}

    def meet(self, device: Device) -> SimulatedDevice:
        """The truth about a device; made from its options when it is first met, DriverError where they are wrong."""
        known = self._devices.get(device.name)
        if known is None:
            options = device.options
            made = SimulatedDevice(dict(self._runs), Troubles(_faults(options)), _seconds(options.get("latency", 0)))
            known = self._devices[device.name] = made
        return known

    def device(self, name: str) -> SimulatedDevice:
        """The truth about a device as of now: to look at, to break and to heal. KeyError for one that nobody met."""
        known = self._devices[name]
        known.settle(self.clock.monotonic())
        return known


class SimulatedDriver:
    """Asks the devices of a fleet. Options: `faults` (words of `faults.FAULTS`) and `latency` (there and back).

    A probe's command is not run: it ends as the device's faults say. A runner that is cancelled while a request is
    on its way may find it carried out all the same, as in life: what was half-way there arrives.
    """

    capabilities = Capabilities(revert="atomic", fence=True, survives_reboot="always")

    def __init__(self, *, base: Path, clock: Clock, fleet: SimulatedFleet | None = None) -> None:
        self.fleet = fleet or SimulatedFleet(clock)
        self._clock = clock
        self._connected: set[str] = set()

    @classmethod
    def on(cls, runner: Runner, devices: Sequence[Device]) -> Self:
        return cls(base=runner.base, clock=runner.clock)

    async def ask(
        self, device: Device, address: Address, verbs: Sequence[Verb], *, fill: Fill, deadline: float
    ) -> Sequence[Answer]:
        target = self.fleet.meet(device)
        if comes_anew(verbs):
            self._connected.discard(device.name)
        end = self._clock.monotonic() + deadline
        for verb in verbs:
            if isinstance(verb, Stage):
                _fill_all(verb, fill)
        if target.latency:
            await self._travel(device.name, target, address, verbs)
        answers: list[Answer] = []
        for number, verb in enumerate(verbs, 1):
            answer = await self._carry_out(device.name, target, address, verb, end)
            now = self._clock.monotonic()
            answers.append(answer if isinstance(answer, Lost) else _heard(target, verb, answer, now))
            if not _accepted(answers[-1]):
                if _accepted(answer):  # it is we who did not hear it: the device goes on
                    self._arrive(device.name, target, address, verbs[number:])
                break
        return answers

    async def examine(self, device: Device, *, deadline: float) -> Examined | Lost | Refused:
        target = self.fleet.meet(device)
        await self._clock.sleep(target.latency)
        if not target.is_reachable(self._clock.monotonic()):
            return _NOTHING
        free = 0 if "no-space" in target.troubles else 10 * 1024 * 1024
        return Examined("/bin/sh", root=True, writable=True, free=free, missing=(), systemd=True)

    async def close(self) -> None:
        """The next request to a device is over a new connection."""
        self._connected.clear()

    async def _travel(self, name: str, target: SimulatedDevice, address: Address, verbs: Sequence[Verb]) -> None:
        sent = self._clock.monotonic()
        arrived = False
        try:
            await self._clock.sleep(target.latency)
            arrived = True
        finally:
            way = self._clock.monotonic() - sent
            if not arrived and 2 * way >= target.latency:
                self._clock.later(target.latency - way, lambda: self._arrive(name, target, address, verbs))

    def _arrive(self, name: str, target: SimulatedDevice, address: Address, verbs: Sequence[Verb]) -> None:
        """A request whose sender is gone. What it begins goes on; what would follow is never asked."""
        for verb in verbs:
            answer = self._tell(name, target, address, verb)
            if isinstance(answer, Until) or not _accepted(answer):
                return

    async def _carry_out(self, name: str, target: SimulatedDevice, address: Address, verb: Verb, end: float) -> Answer:
        answer = self._tell(name, target, address, verb)
        if answer is _NOTHING:
            await self._clock.sleep(min(_CONNECT, end - self._clock.monotonic()))
            return _NOTHING
        while isinstance(answer, Until):
            if answer.at > end:
                await self._clock.sleep(end - self._clock.monotonic())
                return Lost("no answer in time")
            await self._clock.sleep(answer.at - self._clock.monotonic())
            answer = outcome(target, address, verb, self._clock.monotonic())
        return answer

    def _tell(self, name: str, target: SimulatedDevice, address: Address, verb: Verb) -> Answer | Until:
        now = self._clock.monotonic()
        target.settle(now)
        if not target.is_reachable(now) or (name not in self._connected and target.is_locked(now)):
            self._connected.discard(name)
            return _NOTHING
        self._connected.add(name)
        answer = hear(target, address, verb, now)
        if self.fleet.log is not None:
            self.fleet.log.append(Deed(now, name, verb, address, answer))
        return answer


def _heard(target: SimulatedDevice, verb: Verb, answer: Answer, now: float) -> Answer:
    """The answer, unless it gets lost on its way."""
    if target.troubles.strikes("answers-lost") or not target.is_reachable(now):
        return Lost("the answer was cut off")
    if isinstance(verb, Confirm) and target.troubles.strikes("confirm-lost"):
        return Lost("the answer was cut off")
    return answer


def _accepted(answer: Answer) -> bool:
    match answer:
        case Refused() | Failed() | Lost():
            return False
        case Ended(exit=code):
            return code == 0
        case _:
            return True


def _fill_all(stage: Stage, fill: Fill) -> None:
    """Fetch what would be written: a secret that cannot be had is found here too."""
    for load in stage.loads:
        if isinstance(load.content, Artifact):
            for entry in load.content.entries:
                for part in entry.parts:
                    if isinstance(part, Mark):
                        fill(part)


def _faults(options: Mapping[str, Any]) -> Sequence[str]:
    words = options.get("faults", ())
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise DriverError(f"`faults` is a list of names, not {words!r}", hint="Write faults: [apply-fails]")
    return tuple(words)


def _seconds(latency: object) -> float:
    if isinstance(latency, str):
        try:
            return float(parse_duration(latency))
        except ValueError as error:
            raise DriverError(f"`latency`: {error}", hint="Write latency: 1s") from error
    if isinstance(latency, int | float) and latency >= 0:
        return float(latency)
    raise DriverError(f"`latency` is a duration, not {latency!r}", hint="Write latency: 1s")
