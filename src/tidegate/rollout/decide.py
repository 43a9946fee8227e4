"""What to do next: a pure function of plan, progress and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from tidegate.model.event import Asked, Back, Event, HeldEvent, Rejected, WaveJudged, WaveOpened
from tidegate.model.plan import PlannedWave
from tidegate.model.state import HeldKind, Result, State
from tidegate.model.verdict import Judgement, Verdict
from tidegate.rollout.ending import ended
from tidegate.rollout.gate import judge, soak_ends
from tidegate.rollout.orders import has_failed, is_holding
from tidegate.rollout.progress import Progress


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an event must carry that a decision cannot know: owner, its number there, the segment's seq."""

    o: str
    k: int
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Do:
    """Write this down, durably; then ask again."""

    event: Event


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to decide until something happens, or until then."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing more to do here now: release the lease and end. `leg` is who may go on, or is asked."""

    decision: Literal["next", "ask", "hold", "done"]
    leg: str = ""


Next: TypeAlias = Do | Wait | Leave
HOLD_TIMEOUT = timedelta(days=7)
"""So long a rollout may wait for a person."""
EXPIRED = "nobody answered for 7 days"


@dataclass(frozen=True, slots=True)
class Seat:
    """Who decides: `leg` limits a job to one leg's waves (None: all; empty: none, it only opens the rollout).

    `unasked` are confirmed devices that a take-over has asked in vain: nothing ends before they are understood.
    `unseen`: devices of the open wave are confirmed, and were not looked at since this runner came: no PASS yet.
    `over`: this job may not last any longer; what is open is left to a later one, in good order.
    """

    leg: str | None = None
    unasked: frozenset[str] = frozenset()
    unseen: bool = False
    over: bool = False


def decide(progress: Progress, now: datetime, stamp: Stamp, seat: Seat = Seat()) -> Next:
    """The next thing to do. People's stops win over everything; what goes back goes back before anything goes on."""
    if progress.ended is not None:
        return Leave("done")
    if is_expired(progress, now):
        return _expire(progress, stamp, seat)
    said = _obey(progress, stamp, seat)
    if said is not None:
        return said
    if has_failed(progress) and progress.plan.on_failure != "hold":
        return Do(_go_back(progress, stamp, progress.verdict.text if progress.verdict else ""))
    if is_holding(progress):
        return _hold_when_at_rest(progress, stamp)
    if seat.over:
        return Do(_held(progress, stamp, HeldKind.SOAK, "this job has lasted as long as it may"))
    if progress.wave >= 0 and not progress.passed:
        return _watch(progress, now, stamp, seat)
    return _go_on(progress, stamp, seat)


def is_expired(progress: Progress, now: datetime) -> bool:
    """Has it waited for a person for longer than anybody may let it wait?"""
    since = _waits_since(progress)
    return since is not None and now - since >= HOLD_TIMEOUT


def _waits_since(progress: Progress) -> datetime | None:
    """Since when a person is asked, and nobody has said a word; None where that is not so."""
    if progress.back is not None or progress.unacted or progress.stop is not None or progress.rejected is not None:
        return None
    if progress.hold is not None:
        return progress.hold.at if progress.answer is None else None
    wave = next_wave(progress) if progress.passed or progress.wave < 0 else None
    if wave is None or progress.ask is None or not _is_asked(progress, wave):
        return None
    return progress.ask.at if len(progress.approvals) < wave.approvals else None


def _expire(progress: Progress, stamp: Stamp, seat: Seat) -> Next:
    """What passed stays, an open wave goes back; where a failure would take all of it back, so does this."""
    is_open = progress.wave >= 0 and not progress.passed
    if is_open or (progress.wave >= 0 and progress.plan.on_failure == "rollout"):
        return Do(_go_back(progress, stamp, EXPIRED))
    return _end_when_at_rest(progress, stamp, seat, Result.EXPIRED)


def _obey(progress: Progress, stamp: Stamp, seat: Seat) -> Next | None:
    """What follows from a stop, a way back, an answer, a hold or a rejection; None where nobody said anything."""
    stop, answer = progress.stop, progress.answer
    if stop is not None and stop.then == "back":
        return Do(_go_back(progress, stamp, _quote("stopped", stop.by, stop.why)))
    if progress.back is not None:
        return _finish_back(progress, progress.back, stamp, seat)
    if answer is not None and answer.answer == "back":
        return Do(_go_back(progress, stamp, _quote("told to go back", answer.by, answer.why)))
    if answer is not None and answer.answer == "end":
        return _end_when_at_rest(progress, stamp, seat, Result.STOPPED)
    if progress.hold is not None:
        is_left = not seat.over or all(tally.at_rest for tally in progress.tallies)
        return Leave("hold") if is_left else Wait()
    if progress.rejected is not None:
        return _reject(progress, progress.rejected, stamp, seat)
    return None


def _quote(what: str, by: str, why: str) -> str:
    return f"{what} by {by}: {why}" if why else f"{what} by {by}"


def _go_back(progress: Progress, stamp: Stamp, reason: str) -> Back:
    wave = progress.plan.waves[progress.wave].name if progress.wave >= 0 else ""
    scope: Literal["wave", "rollout"] = "rollout" if progress.plan.on_failure == "rollout" else "wave"
    return Back(at=stamp.at, o=stamp.o, k=stamp.k, scope=scope, wave=wave, reason=reason)


def _finish_back(progress: Progress, back: Back, stamp: Stamp, seat: Seat) -> Next:
    first = 0 if back.scope == "rollout" else max(progress.wave, 0)
    if any(tally.count(State.CONFIRMED) for tally in progress.tallies[first:]):
        return Wait()
    return _end_when_at_rest(progress, stamp, seat, Result.EXPIRED if back.reason == EXPIRED else None)


def _reject(progress: Progress, rejected: Rejected, stamp: Stamp, seat: Seat) -> Next:
    if progress.plan.on_failure == "rollout" and progress.wave >= 0:
        return Do(_go_back(progress, stamp, _quote("rejected", rejected.by, rejected.why)))
    return _end_when_at_rest(progress, stamp, seat, Result.STOPPED)


def _hold_when_at_rest(progress: Progress, stamp: Stamp) -> Next:
    if not all(tally.at_rest for tally in progress.tallies):
        return Wait()
    if progress.stop is not None:
        return Do(_held(progress, stamp, HeldKind.STOPPED, _quote("paused", progress.stop.by, progress.stop.why)))
    text = progress.verdict.text if progress.verdict else ""
    return Do(_held(progress, stamp, _held_kind(progress.verdict), text))


def _held_kind(judged: WaveJudged | None) -> HeldKind:
    if judged is None or judged.verdict == Verdict.FAIL:
        return HeldKind.STOPPED
    if judged.verdict == Verdict.ENVIRONMENT:
        return HeldKind.ENVIRONMENT
    return HeldKind.UNREACHED if judged.row == 7 else HeldKind.INCONCLUSIVE


def _held(progress: Progress, stamp: Stamp, kind: HeldKind, text: str) -> HeldEvent:
    wave = progress.plan.waves[progress.wave].name if progress.wave >= 0 else ""
    return HeldEvent(at=stamp.at, o=stamp.o, k=stamp.k, hold=stamp.seq, kind=kind, wave=wave, text=text)


def _watch(progress: Progress, now: datetime, stamp: Stamp, seat: Seat) -> Next:
    if seat.leg is not None and progress.plan.waves[progress.wave].leg != seat.leg:
        return Leave("next", progress.plan.waves[progress.wave].leg)
    judgement = judge(progress, now)
    if judgement is None:
        return Wait(soak_ends(progress))
    if judgement.verdict is Verdict.PASS and seat.unseen:
        return Wait()
    return Do(_judged(progress, stamp, judgement))


def _judged(progress: Progress, stamp: Stamp, judgement: Judgement) -> WaveJudged:
    return WaveJudged(
        at=stamp.at,
        o=stamp.o,
        k=stamp.k,
        wave=progress.plan.waves[progress.wave].name,
        verdict=judgement.verdict.value,
        row=judgement.row,
        reason=judgement.reason,
        n=judgement.n,
        u=judgement.unreached,
        f=judgement.failed,
        s=judgement.succeeded,
        d=judgement.undecided,
        allowed=judgement.allowed,
        llr=judgement.llr,
        bound=judgement.bound,
        devices=judgement.devices,
        text=judgement.text,
    )


def _go_on(progress: Progress, stamp: Stamp, seat: Seat) -> Next:
    opened = progress.tallies[: progress.wave + 1]
    if not all(tally.at_rest and not tally.pending for tally in opened):
        return Wait()
    wave = next_wave(progress)
    if wave is None:
        return _end_when_at_rest(progress, stamp, seat)
    if len(progress.approvals) < wave.approvals or (wave.approvals and not _is_asked(progress, wave)):
        return _ask(progress, wave, stamp)
    if seat.leg is not None and wave.leg != seat.leg:
        return Leave("next", wave.leg)
    return Do(WaveOpened(at=stamp.at, o=stamp.o, k=stamp.k, wave=wave.name, members=wave.members))


def next_wave(progress: Progress) -> PlannedWave | None:
    """The next wave in which anything changes; waves without members are passed over."""
    return next((wave for wave in progress.plan.waves[progress.wave + 1 :] if wave.members), None)


def _is_asked(progress: Progress, wave: PlannedWave) -> bool:
    return progress.ask is not None and progress.ask.wave == wave.name


def _ask(progress: Progress, wave: PlannedWave, stamp: Stamp) -> Next:
    if _is_asked(progress, wave):
        return Leave("ask", wave.environment)
    return Do(
        Asked(
            at=stamp.at,
            o=stamp.o,
            k=stamp.k,
            ask=stamp.seq,
            wave=wave.name,
            environment=wave.environment,
            count=wave.approvals,
            people=wave.approvers,
        )
    )


def _end_when_at_rest(progress: Progress, stamp: Stamp, seat: Seat, result: Result | None = None) -> Next:
    if not all(tally.at_rest for tally in progress.tallies):
        return Wait()
    silent = sum(tally.silent for tally in progress.tallies) + len(seat.unasked)
    if silent and progress.hold is not None and progress.hold.kind is HeldKind.OFFLINE:
        return Leave("hold")
    if silent:
        return Do(_held(progress, stamp, HeldKind.OFFLINE, f"{silent} devices say nothing; they are asked for a day"))
    return Do(ended(progress, stamp.at, stamp.o, stamp.k, result))
