"""The checks of a rollout as values: their names, their keys, and how each ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.github.check_runs import Check, Conclusion
from tidegate.model.state import Result, State
from tidegate.report.account import Account
from tidegate.report.checks import device_words, rollout_words, wave_words
from tidegate.report.waves import is_back
from tidegate.rollout.progress import Progress

_RESULT = {
    Result.SUCCEEDED: Conclusion.SUCCESS,
    Result.NOTHING: Conclusion.SUCCESS,
    Result.PARTIAL: Conclusion.SUCCESS,
    Result.SUPERSEDED: Conclusion.NEUTRAL,
}
_STATE = {
    State.SUCCEEDED: Conclusion.SUCCESS,
    State.CONFIRMED: Conclusion.SUCCESS,
    State.NOOP: Conclusion.SUCCESS,
    State.SKIPPED: Conclusion.NEUTRAL,
}
_WIDEST = 100
"""Characters of a check's name that people can still read in GitHub's list."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Names are unique and say all, for nobody can choose the suite that GitHub shows them in. `family` is what every
    name begins with: `tidegate`, or with the lane where it is not the main one."""

    family: str
    rollout: str

    def of_rollout(self) -> tuple[str, str]:
        return f"{self.family} / rollout", f"tidegate:{self.rollout}"

    def of_wave(self, wave: str) -> tuple[str, str]:
        return f"{self.family} / {wave}", f"tidegate:{self.rollout}:{wave}"

    def of_device(self, wave: str, device: str) -> tuple[str, str]:
        return f"{self.family} / {wave} / {device}"[:_WIDEST], f"tidegate:{self.rollout}:{wave}:{device}"


def family(project: str, strategy: str, main: str) -> str:
    """`project` is "" for the only one of a repository, `main` the lane that is meant where none is named."""
    return " ".join(part for part in ("tidegate", project, "" if strategy == main else strategy) if part)


def rollout_check(naming: Naming, progress: Progress, account: Account, now: datetime, note: str) -> Check:
    """In progress until the rollout has ended, whichever job does that."""
    name, key = naming.of_rollout()
    words = rollout_words(naming.rollout, progress, account, now, note)
    ended = progress.ended
    conclusion = None if ended is None else _RESULT.get(ended.result, Conclusion.FAILURE)
    return Check(name, key, words.title, words.summary, conclusion)


def wave_check(naming: Naming, index: int, progress: Progress, account: Account, now: datetime) -> Check:
    """In progress until the wave was judged and nothing of it moves any more."""
    name, key = naming.of_wave(progress.plan.waves[index].name)
    words = wave_words(index, progress, account, now)
    return Check(name, key, words.title, words.summary, _of_wave(index, progress, account))


def _of_wave(index: int, progress: Progress, account: Account) -> Conclusion | None:
    over = progress.ended is not None
    if is_back(progress, index):
        return Conclusion.FAILURE if over else None
    judged = account.judged.get(progress.plan.waves[index].name)
    if judged is not None and judged.verdict == "pass":
        return Conclusion.SUCCESS
    if not over:
        return None
    return Conclusion.FAILURE if judged is not None and judged.verdict == "fail" else Conclusion.NEUTRAL


def device_check(naming: Naming, name: str, progress: Progress, account: Account, timeline: Sequence[str]) -> Check:
    """Created once, and over at once."""
    standing = progress.devices[name]
    called, key = naming.of_device(progress.plan.waves[progress.plan.wave_of[name]].name, name)
    words = device_words(name, progress, account, timeline)
    conclusion = _STATE.get(standing.state, Conclusion.FAILURE)
    if standing.state is State.REVERTED and not standing.failed:
        conclusion = Conclusion.NEUTRAL  # it had no fault, and went back with its wave
    return Check(called, key, words.title, words.summary, conclusion)


def is_final(name: str, progress: Progress) -> bool:
    """Will a device's check stay true: has it come to an end, or is it confirmed in a wave that nothing takes back?"""
    standing = progress.devices[name]
    if standing.ended:
        return True
    index = progress.plan.wave_of[name]
    passed = index < progress.wave or (index == progress.wave and progress.passed)
    return standing.state is State.CONFIRMED and passed and progress.plan.on_failure != "rollout"
