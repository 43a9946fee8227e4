"""Where a rollout stands: a fold of its events, O(1) for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from types import MappingProxyType
from typing import Any

from rpds import HashTrieMap

from tidegate.model.event import (
    Answered,
    Approved,
    Asked,
    Back,
    EndedEvent,
    Event,
    HeldEvent,
    LeaseTaken,
    Opened,
    Rejected,
    Stepped,
    StopAsked,
    WaveJudged,
    WaveOpened,
)
from tidegate.model.plan import Plan
from tidegate.model.state import ENDS, GOES_ON_BY_ITSELF, HeldKind, State, Step
from tidegate.model.verdict import Verdict
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.standing import Standing, stepped, taken_over
from tidegate.rollout.tally import Tally, moved

_OF_A_VERDICT = frozenset({HeldKind.STOPPED, HeldKind.INCONCLUSIVE, HeldKind.ENVIRONMENT, HeldKind.UNREACHED})
_STAYS = frozenset({State.PENDING, State.CONFIRMED}) | ENDS


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole of what is known. `wave` is the index of the newest opened wave, -1 before the first.

    `verdict` is that wave's judgement; `let_through` says that a person answered `go` to a hold that followed a
    verdict which was not PASS. `hold` is the newest hold nobody has answered or taken up; `stop` a stop nobody has
    acted on; `paused`: the newest hold is a person's stop, and says nothing about the verdict. `ask` is the newest
    question, with `approvals` by person. `asked_anew` are CONFIRMED devices that must answer the present runner before
    anything is decided (Take-over), with the time since when.
    """

    plan: Plan
    devices: HashTrieMap[str, Standing]
    tallies: tuple[Tally, ...]
    opened: Opened | None = None
    wave: int = -1
    verdict: WaveJudged | None = None
    verdicts: tuple[WaveJudged, ...] = ()
    let_through: bool = False
    back: Back | None = None
    stop: StopAsked | None = None
    ask: Asked | None = None
    approvals: HashTrieMap[str, Approved] = HashTrieMap()
    rejected: Rejected | None = None
    hold: HeldEvent | None = None
    paused: bool = False
    answer: Answered | None = None
    unacted: tuple[Event, ...] = ()
    asked_anew: HashTrieMap[str, datetime] = HashTrieMap()
    ended: EndedEvent | None = None
    token: int = 0

    @classmethod
    def of(cls, plan: Plan, events: Iterable[Event] = ()) -> Progress:
        start = cls(
            plan=plan,
            devices=HashTrieMap({name: Standing() for name in plan.wave_of}),
            tallies=tuple(Tally.fresh(len(wave.members)) for wave in plan.waves),
        )
        return reduce(after, events, start)

    def standing(self, device: str) -> Standing:
        return self.devices[device]

    @property
    def passed(self) -> bool:
        """May the newest opened wave be left: PASS, or let through by a person."""
        return self.let_through or (self.verdict is not None and self.verdict.verdict == Verdict.PASS)

    def goes_back(self, device: str) -> bool:
        """Is the device, its wave or its rollout being taken back?"""
        if self.devices[device].failed:
            return True
        if self.back is None:
            return False
        wave = self.plan.wave_of[device]
        return wave >= self.wave or self.back.scope == "rollout"


def after(progress: Progress, event: Event) -> Progress:
    """Where we stand after one more event. Facts of a later version, and reports about reports, change nothing."""
    fold = _FOLDS.get(type(event))
    return progress if fold is None else fold(progress, event)


def _opened(progress: Progress, event: Opened) -> Progress:
    return replace(progress, opened=event)


def _lease_taken(progress: Progress, event: LeaseTaken) -> Progress:
    names = [name for name, standing in progress.devices.items() if _is_taken_over(progress, name, standing, event)]
    hold = progress.hold
    asked_anew = _asked_anew(progress, event)
    if hold is not None and hold.kind in GOES_ON_BY_ITSELF:
        hold = None
    progress = replace(progress, token=event.token, asked_anew=asked_anew, hold=hold)
    for name in names:
        progress = _put(progress, name, taken_over(progress.devices[name], event.at), event)
    return progress


def _asked_anew(progress: Progress, event: LeaseTaken) -> HashTrieMap[str, datetime]:
    """Who is confirmed must answer again after a lease that was not free. Its grace goes on only where the last leg
    left for want of contact: else it may have answered then, which leaves no trace."""
    names = set(progress.asked_anew)
    if not event.free:
        names |= {name for name, standing in progress.devices.items() if standing.state is State.CONFIRMED}
    offline = progress.hold is not None and progress.hold.kind is HeldKind.OFFLINE
    known = progress.asked_anew if offline else {}
    return HashTrieMap({name: known.get(name, event.at) for name in names})


def _is_taken_over(progress: Progress, name: str, standing: Standing, event: LeaseTaken) -> bool:
    if standing.state is State.PENDING:
        return not event.free and progress.plan.wave_of[name] == progress.wave and progress.back is None
    return standing.state not in _STAYS


def _stepped(progress: Progress, event: Stepped) -> Progress:
    progress = _put(progress, event.d, stepped(progress.devices[event.d], event), event)
    if event.d in progress.asked_anew:
        return replace(progress, asked_anew=progress.asked_anew.remove(event.d))
    return progress


def _put(progress: Progress, name: str, standing: Standing, event: Event) -> Progress:
    index = progress.plan.wave_of[name]
    tally = moved(progress.tallies[index], progress.devices[name], standing, event.at)
    tallies = (*progress.tallies[:index], tally, *progress.tallies[index + 1 :])
    return replace(progress, devices=progress.devices.insert(name, standing), tallies=tallies)


def _wave_opened(progress: Progress, event: WaveOpened) -> Progress:
    index = next(index for index, wave in enumerate(progress.plan.waves) if wave.name == event.wave)
    return replace(_acted(progress), wave=index, verdict=None, let_through=False, hold=None, answer=None, ask=None)


def _wave_judged(progress: Progress, event: WaveJudged) -> Progress:
    return replace(_acted(progress), verdict=event, verdicts=(*progress.verdicts, event))


def _back(progress: Progress, event: Back) -> Progress:
    return replace(_acted(progress), back=event, stop=None, hold=None, answer=None, unacted=())


def _asked(progress: Progress, event: Asked) -> Progress:
    return replace(progress, ask=event, approvals=HashTrieMap(), rejected=None)


def _approved(progress: Progress, event: Approved) -> Progress:
    if progress.ask is None or event.ask != progress.ask.ask or event.plan != progress.plan.digest:
        return progress
    return replace(progress, approvals=progress.approvals.insert(event.by, event), unacted=(*progress.unacted, event))


def _rejected(progress: Progress, event: Rejected) -> Progress:
    if progress.ask is None or event.ask != progress.ask.ask:
        return progress
    return replace(progress, rejected=event, unacted=(*progress.unacted, event))


def _stop_asked(progress: Progress, event: StopAsked) -> Progress:
    if progress.back is not None:
        return progress
    return replace(progress, stop=event, unacted=(*progress.unacted, event))


def _held(progress: Progress, event: HeldEvent) -> Progress:
    paused = progress.stop is not None and progress.stop.then == "hold"
    stop = None if paused else progress.stop
    kept = tuple(word for word in progress.unacted if isinstance(word, Approved | Rejected) or word is stop)
    answer = progress.answer if progress.answer is not None and progress.answer.answer == "end" else None
    return replace(progress, hold=event, paused=paused, answer=answer, stop=stop, unacted=kept)


def _answered(progress: Progress, event: Answered) -> Progress:
    hold = progress.hold
    if hold is None or progress.answer is not None or event.hold != hold.hold:
        return progress
    let_through = progress.let_through or (event.answer == "go" and _is_about_the_verdict(progress, hold))
    return replace(
        progress,
        answer=event,
        let_through=let_through,
        hold=None if event.answer == "go" else hold,
        unacted=(*progress.unacted, event),
    )


def _is_about_the_verdict(progress: Progress, hold: HeldEvent) -> bool:
    """Who answers a pause, or what a signal left, has not been asked about the wave's verdict."""
    return progress.verdict is not None and hold.kind in _OF_A_VERDICT and not progress.paused


def _ended(progress: Progress, event: EndedEvent) -> Progress:
    for name, standing in list(progress.devices.items()):
        if standing.state in (State.CONFIRMED, State.PENDING):
            step = Step.DONE if standing.state is State.CONFIRMED else Step.SKIP
            state = TRANSITIONS[standing.state, step]
            why = "" if step is Step.DONE else _why_skipped(progress, name)
            progress = _put(progress, name, replace(standing, state=state, why=why, since=event.at), event)
    return replace(progress, ended=event, unacted=(), stop=None, hold=None)


def _why_skipped(progress: Progress, name: str) -> str:
    if progress.back is None:
        return "stopped"
    return "back" if progress.plan.wave_of[name] == progress.wave else "ended"


def _acted(progress: Progress) -> Progress:
    """Words are acted on by the decision that follows from them; a stop is only acted on by `held` or `back`."""
    kept = tuple(word for word in progress.unacted if isinstance(word, StopAsked) and word is progress.stop)
    return replace(progress, unacted=kept)


_FOLDS: Mapping[type[Any], Callable[[Progress, Any], Progress]] = MappingProxyType(
    {
        Opened: _opened,
        LeaseTaken: _lease_taken,
        Stepped: _stepped,
        WaveOpened: _wave_opened,
        WaveJudged: _wave_judged,
        Back: _back,
        Asked: _asked,
        Approved: _approved,
        Rejected: _rejected,
        StopAsked: _stop_asked,
        HeldEvent: _held,
        Answered: _answered,
        EndedEvent: _ended,
    }
)
