"""A wave at a glance: a mark, how many of its devices have the change, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from tidegate import escape
from tidegate.model.state import State
from tidegate.report.account import Account
from tidegate.report.people import WIDTH, count, duration, names
from tidegate.rollout.gate import soak_ends
from tidegate.rollout.progress import Progress

Mark: TypeAlias = Literal["✓", "●", "○", "✗"]
_AWAY = frozenset({State.REVERTED, State.STRANDED, State.SKIPPED, State.REFUSED})


@dataclass(frozen=True, slots=True)
class Glance:
    """`✓ staging  3/4  confirmed in 2 m 14 s, 1 failed (ber-stg-02)`. `ratio` is healthy of planned, or planned."""

    mark: Mark
    name: str
    ratio: str
    words: str


def rows(waves: Sequence[Glance]) -> list[str]:
    """One line each, in columns, the mark first; cut at 80 columns."""
    name = max((len(wave.name) for wave in waves), default=0)
    ratio = max((len(wave.ratio) for wave in waves), default=0)
    lines = [f"{wave.mark} {wave.name:<{name}}  {wave.ratio:<{ratio}}  {wave.words}" for wave in waves]
    return [escape.line(line, WIDTH) for line in lines]


def glances(progress: Progress, account: Account, now: datetime) -> list[Glance]:
    """All waves of the plan, in order."""
    return [_glance(progress, account, now, index) for index in range(len(progress.plan.waves))]


def _glance(progress: Progress, account: Account, now: datetime, index: int) -> Glance:
    wave, tally = progress.plan.waves[index], progress.tallies[index]
    ratio = f"{tally.healthy}/{tally.planned}"
    if index > progress.wave or not wave.members:
        return Glance("○", wave.name, str(len(wave.members)), _to_come(progress, index))
    if is_back(progress, index):
        return Glance("✗", wave.name, ratio, _gone_back(progress, index))
    judged = account.judged.get(wave.name)
    if judged is None:
        return Glance("●", wave.name, ratio, _open(progress, now))
    if judged.verdict == "pass" or index < progress.wave or progress.let_through:
        return Glance("✓", wave.name, ratio, _passed(progress, account, index))
    return Glance("✗" if judged.verdict == "fail" else "●", wave.name, ratio, f"{judged.verdict}: {judged.reason}")


def is_back(progress: Progress, index: int) -> bool:
    """Is this wave taken back, or was it?"""
    back = progress.back
    return back is not None and index <= progress.wave and (back.scope == "rollout" or index == progress.wave)


def _to_come(progress: Progress, index: int) -> str:
    wave = progress.plan.waves[index]
    if not wave.members:
        return "nothing changes here"
    if progress.ended is not None or progress.back is not None:
        return "never touched"
    ask = progress.ask
    if ask is not None and ask.wave == wave.name:
        missing = ask.count - len(progress.approvals)
        return f"waits for {count(missing, 'approval')} ({ask.environment})" if missing > 0 else "approved"
    return f"needs {count(wave.approvals, 'approval')}" if wave.approvals else ""


def _gone_back(progress: Progress, index: int) -> str:
    tally = progress.tallies[index]
    going = tally.members - tally.count(*_AWAY, State.NOOP, State.PENDING)
    counts = {"going back": going, "went back": tally.count(State.REVERTED), "stranded": tally.count(State.STRANDED)}
    return ", ".join(f"{number} {what}" for what, number in counts.items() if number) or "nothing was changed"


def _passed(progress: Progress, account: Account, index: int) -> str:
    wave = progress.plan.waves[index]
    lost = [name for name in account.causes if progress.plan.wave_of[name] == index]
    healthy = f"healthy after {duration(account.took(wave.name))}"
    return f"{healthy}, {len(lost)} not: {names(lost, 30)}" if lost else healthy


def _open(progress: Progress, now: datetime) -> str:
    """What the open wave does: how many are at work, or how long it is watched yet; and its probes."""
    tally = progress.tallies[progress.wave]
    failed = f", {tally.failed} failed" if tally.failed else ""
    ends = soak_ends(progress)
    if ends is None:
        to_go = f", {tally.pending} to go" if tally.pending else ""
        return f"{tally.in_flight} at work{to_go}{failed}"
    left = (ends - now).total_seconds()
    watched = f"watched, {duration(left)} left" if left > 0 else "being judged"
    return f"{watched}{failed}{_probes(progress)}"


def _probes(progress: Progress) -> str:
    wave, tally = progress.plan.waves[progress.wave], progress.tallies[progress.wave]
    health = progress.plan.health_by_wave[wave.name]
    started = tally.healthy + tally.failed
    return f"   {', '.join(health)}: {tally.healthy}/{started} healthy" if health and started else ""
