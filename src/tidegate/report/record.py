"""The whole story of one rollout: who, what, every event with its time, every device with its digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate import escape
from tidegate.model.canonical import short
from tidegate.model.event import Event, Late, LeaseTaken, Opened, Stepped, WaveJudged
from tidegate.model.event_file import event_json
from tidegate.model.plan import Digests
from tidegate.model.record import Record
from tidegate.report.account import Account
from tidegate.report.document import document
from tidegate.report.log import column, place
from tidegate.report.people import WIDTH, clock, count, percent, wrapped
from tidegate.report.sentence import sentence
from tidegate.report.status import IsDead
from tidegate.report.story import story
from tidegate.rollout.machine import STEP_MEANING
from tidegate.rollout.progress import Progress, after

_INDENT = "  "


def record_text(record: Record, audit: str) -> str:
    """For an auditor. `audit` is the branch's name; times are UTC."""
    progress = Progress.of(record.plan, record.events)
    verdicts = list(_verdicts(Account(record.events)))
    sections = (
        _heading(record, progress, audit),
        ["What happened (UTC)", *_events(record)],
        ["Verdicts", *verdicts] if verdicts else [],
        ["Devices", *_devices(progress)],
        story(record).lines,
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def record_json(record: Record, is_dead: IsDead) -> dict[str, Any]:
    """The document of `status`, with every event: which record of the branch it stands in, and who wrote that."""
    events = [
        {"record": segment.head.seq, "written_by": segment.head.by, **event_json(event)}
        for segment in record.segments
        for event in segment.events
    ]
    segments = [
        {"record": segment.head.seq, "path": segment.path, "digest": segment.digest} for segment in record.segments
    ]
    return {**document(record, is_dead), "events": events, "segments": segments}


def _heading(record: Record, progress: Progress, audit: str) -> list[str]:
    opened = record.opened
    back = f", takes back {opened.of}" if opened.of else ""
    lines = [
        f"{record.rollout} of {record.lane}: {opened.kind}{back}",
        f"{_INDENT}revision     {opened.revision}",
        f"{_INDENT}plan         {opened.plan}",
        f"{_INDENT}asked for by {_said(opened.asked)}",
        *(f"{_INDENT}change       {_said(change)}" for change in opened.changes),
        *(f"{_INDENT}approved by  {name} ({ask.wave})" for name, ask in sorted(progress.approvals.items())),
        f"{_INDENT}recorded in  {audit}, {record.segments[0].path.rpartition('/')[0]}",
    ]
    return [escape.line(line) for line in lines]


def _said(fields: Mapping[str, Any]) -> str:
    """`ada, event push`: the first field says who."""
    first = str(fields.get("by", fields.get("pr", "")))
    rest = [f"{name} {value}" for name, value in fields.items() if name not in ("by", "pr") and value]
    return ", ".join([first, *rest])


def _events(record: Record) -> Iterator[str]:
    progress, wide, day = Progress.of(record.plan), column(record.plan), ""
    for segment in record.segments:
        for event in segment.events:
            progress = after(progress, event)
            if f"{event.at:%d %B %Y}" != day:
                day = f"{event.at:%d %B %Y}"
                yield f"{_INDENT}{day}"
            head = f"{_INDENT}{clock(event.at)} {place(event, progress):<{wide}} "
            yield from wrapped(_event(event, progress, segment.head.by, WIDTH - len(head)), head)


def _event(event: Event, progress: Progress, by: str, room: int) -> str:
    said = sentence(event, progress, room)
    match event:
        case Stepped():
            return f"{event.d}  {said or f'{event.s}: {STEP_MEANING[event.s]}'}"
        case LeaseTaken(token=token):
            return f"{by} takes the lease, token {token}{f'; {said}' if said else ''}"
        case Opened(kind=kind, revision=revision):
            return f"opened: {kind} of {revision[:7]}, {count(len(progress.devices), 'device')}"
        case Late(token=token, lines=lines):
            return f"came too late and of no effect: {count(len(lines), 'event')} of token {token}"
        case _:
            return said


def _verdicts(account: Account) -> Iterator[str]:
    for wave, judged in account.judged.items():
        yield from wrapped(f"{judged.verdict.upper()}: {judged.reason} ({_numbers(judged)})", f"{_INDENT}{wave}  ")


def _numbers(judged: WaveJudged) -> str:
    bound = [f"up to {percent(float(judged.bound))} may fail"] if judged.bound else []
    parts = [
        f"{judged.n} planned",
        f"{judged.s} healthy",
        f"{judged.f} failed of {judged.allowed} allowed",
        f"{judged.u} not reached",
        f"{judged.d} undecided",
        f"evidence {judged.llr}",
        *bound,
    ]
    return ", ".join(parts)


def _devices(progress: Progress) -> Iterator[str]:
    width = max(len(name) for name in progress.devices)
    for name in progress.plan.wave_of:
        standing = progress.devices[name]
        change = _change(progress.plan.before.get(name, {}), progress.plan.devices[name].to)
        runs = f"; runs {_digests(standing.runs)}" if standing.runs else ""
        yield from wrapped(f"{standing.state.lower():<10} {change}{runs}", f"{_INDENT}{name:<{width}}  ")


def _change(before: Digests, to: Digests) -> str:
    return ", ".join(f"{name} {short(before.get(name, 'none'))} -> {short(digest)}" for name, digest in to.items())


def _digests(digests: Digests) -> str:
    return ", ".join(f"{name} {short(digest)}" for name, digest in digests.items())
