"""A rollout on GitHub while it runs: checks for it, its waves and its devices, said to the one writer of checks."""

from __future__ import annotations

from collections.abc import Callable

from tidegate.clock import Clock
from tidegate.errors import TidegateError
from tidegate.github.budget import Level, Rank, Scale
from tidegate.github.checks import progress_check, rollout_check, wave_check
from tidegate.github.device_check import device_check
from tidegate.github.writer import Writer
from tidegate.model.event import EndedEvent, Event, Stepped, WaveJudged
from tidegate.model.plan import Plan
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.report.account import Account
from tidegate.rollout.progress import Progress

EVERY = 10.0
"""Seconds between two looks at a wave whose devices move: its check names all of them, which is not made each time."""


class ReportsLost(TidegateError):
    """GitHub will not take what we say: the record says so, and the rollout goes on."""


class Checks:
    """Hears a rollout. `record` gives what is on the branch by now. Never waits, and raises only to be left out."""

    def __init__(self, writer: Writer, clock: Clock, record: Callable[[], Record]) -> None:
        self._writer, self._clock, self._record = writer, clock, record
        known = record()
        self._rollout = known.rollout
        self._progress = Progress.of(known.plan, known.events)
        self._account = Account(known.events)
        self._steps: dict[str, list[Stepped]] = {}
        for event in known.events:
            self._note(event)
        self._said = {name for name in self._progress.devices if is_final(self._progress, name)}
        self._told = -EVERY

    def hear(self, event: Event, progress: Progress) -> None:
        self._progress = progress
        self._account.hear(event)
        self._note(event)
        if self._writer.chosen.level is Level.NONE and self._writer.losses.count:
            raise ReportsLost(self._writer.losses.why)
        match event:
            case Stepped():
                self._say_device(event.d)
            case WaveJudged():
                for name in progress.plan.waves[progress.wave].members:
                    self._say_device(name)
            case EndedEvent():
                for name in progress.devices:
                    self._say_device(name)
            case _:
                pass
        if not isinstance(event, Stepped) or self._clock.monotonic() - self._told >= EVERY:
            self.tell()

    def tell(self) -> None:
        """The rollout and its waves as they are now."""
        now, progress = self._clock.now(), self._progress
        self._told = self._clock.monotonic()
        self._writer.say(progress_check(self._rollout, progress, self._account, now), Rank.ROLLOUT)
        first = progress.wave if progress.ended is None else 0
        for index in range(max(first, 0), progress.wave + 1):
            check = wave_check(self._rollout, progress, self._account, index, now)
            self._writer.say(check, Rank.WAVE)

    def leave(self) -> None:
        """The last words of this job: the story, by the record."""
        self.tell()
        self._writer.say(rollout_check(self._record(), self._clock.now()), Rank.ROLLOUT)

    def _note(self, event: Event) -> None:
        if isinstance(event, Stepped):
            self._steps.setdefault(event.d, []).append(event)

    def _say_device(self, name: str) -> None:
        """Once, when it has come to where it stays."""
        if name in self._said or not is_final(self._progress, name):
            return
        self._said.add(name)
        steps = self._steps.get(name, [])
        check = device_check(self._rollout, self._progress, self._account, name, steps)
        self._writer.say(check, self._rank(name))

    def _rank(self, name: str) -> Rank:
        if name in self._account.causes:
            return Rank.FAILED
        plan = self._progress.plan
        wave = plan.wave_of[name]
        if plan.waves[wave].staging:
            return Rank.STAGING
        return Rank.CANARY if wave == canary(plan) else Rank.REST


def is_final(progress: Progress, name: str) -> bool:
    """Will its check stay true: has it ended, or is it confirmed in a wave that nothing takes back any more?"""
    standing = progress.devices[name]
    if standing.ended:
        return True
    wave = progress.plan.wave_of[name]
    passed = wave < progress.wave or (wave == progress.wave and progress.passed)
    return standing.state is State.CONFIRMED and passed and progress.plan.on_failure != "rollout"


def canary(plan: Plan) -> int:
    """The first wave of production; -1 where there is none before the last."""
    waves = [index for index, wave in enumerate(plan.waves) if not wave.staging]
    return waves[0] if len(waves) > 1 else -1


def scale(plan: Plan) -> Scale:
    index = canary(plan)
    return Scale(len(plan.waves), len(plan.wave_of), len(plan.waves[index].members) if index >= 0 else 0)
