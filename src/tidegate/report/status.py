"""What is going on, and why, in one screen: the newest rollout of every lane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from tidegate.model.canonical import parse_instant
from tidegate.model.event import WORDS, EndedEvent, Late
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment
from tidegate.model.state import State
from tidegate.report.account import Account, fallen
from tidegate.report.devices import fallen_lines
from tidegate.report.held import is_waiting, next_lines, waiting
from tidegate.report.people import count, day, duration, names, when, wrapped
from tidegate.report.sentence import ends
from tidegate.report.waves import glances, rows
from tidegate.rollout.progress import Progress

_INDENT = "  "
Stage: TypeAlias = Literal["running", "cut_off", "held", "left", "ended"]
IsDead: TypeAlias = Callable[[Head], bool]
"""Tells of the last head that a holder wrote whether the holder counts as dead by now."""


def stage(record: Record, progress: Progress, is_dead: IsDead) -> Stage:
    """`cut_off`: whoever holds the lease is dead, and others may take it. `held`: it waits for something. `left`:
    nobody acts, and the next job may begin."""
    if progress.ended is not None:
        return "ended"
    if not record.segments[-1].head.held:
        return "held" if is_waiting(progress) else "left"
    return "cut_off" if is_dead(runner(record)) else "running"


def runner(record: Record) -> Head:
    """The last head that a job wrote: people's words and late spools stand between, under their own names."""
    written = (segment.head for segment in reversed(record.segments) if not _is_aside(segment))
    return next(written, record.segments[0].head)


def _is_aside(segment: Segment) -> bool:
    return bool(segment.events) and all(isinstance(event, (*WORDS, Late)) for event in segment.events)


def status(records: Sequence[Record], now: datetime, is_dead: IsDead) -> str:
    """`records`: the newest one of every lane. What goes on comes first. Times are UTC."""
    if not records:
        return "Nothing was ever rolled out from here. Begin: tidegate plan, tidegate deploy"
    told = [(record, Progress.of(record.plan, record.events)) for record in records]
    told.sort(key=lambda pair: (pair[1].ended is not None, pair[0].lane))
    return "\n".join(line for record, progress in told for line in _lines(record, progress, now, is_dead))


def _lines(record: Record, progress: Progress, now: datetime, is_dead: IsDead) -> Iterable[str]:
    if progress.ended is not None:
        return wrapped(_last(record, progress, progress.ended, now), indent=2)
    account = Account(record.events)
    where = stage(record, progress, is_dead)
    waves = [f"{_INDENT}{row}" for row in rows(glances(progress, account, now))]
    return [
        *wrapped(_sentence(record, progress, now, where), indent=2),
        *waves,
        *fallen_lines(progress, account, record.rollout),
        *_next(record, progress, where),
    ]


def _sentence(record: Record, progress: Progress, now: datetime, where: Stage) -> str:
    head, since = runner(record), _since(record, progress)
    heard = duration((now - parse_instant(head.at)).total_seconds())
    span = duration((now - since).total_seconds())
    match where:
        case "running":
            wave = f" at `{progress.plan.waves[progress.wave].name}`" if progress.wave >= 0 else ""
            state = "is going back" if progress.back is not None else "is under way"
            return f"{record.rollout} {state}{wave}; {head.by} runs it, last heard of {heard} ago."
        case "cut_off":
            return f"{record.rollout} was cut off: the job that {head.by} started is gone, last heard of {heard} ago."
        case "left":
            return f"{record.rollout} was left {span} ago, at {when(since, now)}{waiting(progress)}"
        case _:
            return f"{record.rollout} is held since {when(since, now)} ({span}){waiting(progress)}"


def _since(record: Record, progress: Progress) -> datetime:
    """When it began to wait; where it does not, when something happened last."""
    if progress.hold is not None:
        return progress.hold.at
    return progress.ask.at if progress.ask is not None and is_waiting(progress) else record.events[-1].at


def _next(record: Record, progress: Progress, where: Stage) -> list[str]:
    match where:
        case "running" if progress.back is not None:
            return []
        case "running":
            return wrapped("Stop and go back: tidegate abort   stop and stay: tidegate pause", _INDENT)
        case "cut_off":
            return wrapped("What was not confirmed goes back by itself. Take it up: tidegate resume", _INDENT)
        case _:
            return next_lines(record.rollout, progress)


def _last(record: Record, progress: Progress, ended: EndedEvent, now: datetime) -> str:
    total = len(progress.devices)
    has = sum(ended.counts.get(state, 0) for state in (State.SUCCEEDED, State.NOOP))
    rest = {state: number for state, number in ended.counts.items() if state not in (State.SUCCEEDED, State.NOOP)}
    tail = f", {ends(rest)}" if rest else ""
    who = fallen(progress, Account(record.events))
    named = f" ({names(who, 40)})" if who else ""
    said = f"ended `{ended.result}` {day(ended.at, now)}: {has} of {count(total, 'device')} have it{tail}{named}"
    return f"{record.lane.partition('/')[2]}: nothing is going on. {record.rollout} {said}."
