"""The whole story of one rollout: who, what, every event with its time, every device with its digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate import escape
from tidegate.model.canonical import short
from tidegate.model.event import Approved, Event, Late, LeaseTaken, Opened, Stepped, WaveJudged
from tidegate.model.event_file import event_json
from tidegate.model.plan import Digests
from tidegate.model.record import Record
from tidegate.report.account import Account
from tidegate.report.document import document
from tidegate.report.log import column, place
from tidegate.report.people import WIDTH, clock, count, percent, wrapped
from tidegate.report.sentence import sentence
from tidegate.report.status import IsDead, stage
from tidegate.rollout.progress import Progress, after

_INDENT = "  "


def record_text(record: Record, audit: str, is_dead: IsDead) -> str:
    """For an auditor: the answer first. `audit` is the branch's name; times are UTC."""
    progress = Progress.of(record.plan, record.events)
    verdicts = list(_verdicts(progress, Account(record.events)))
    sections = (
        _heading(record, progress, audit, is_dead),
        ["What happened (UTC)", *_events(record)],
        ["Verdicts", *verdicts] if verdicts else [],
        ["Devices", *_devices(progress)],
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


def _heading(record: Record, progress: Progress, audit: str, is_dead: IsDead) -> list[str]:
    opened, ended = record.opened, progress.ended
    back = f" that takes back {opened.of}" if opened.of else ""
    state = ended.result if ended is not None else stage(record, progress, is_dead).replace("_", " ")
    lines = [
        f"{record.rollout} of {record.lane}, a {opened.kind}{back}: {state}",
        *([f"reason       {ended.reason}"] if ended is not None and ended.reason else []),
        f"revision     {opened.revision}",
        f"plan         {opened.plan}",
        f"asked for by {_said(opened.asked)}",
        *(f"change       {_said(change)}" for change in opened.changes),
        *(f"approved by  {_yes(event)}" for event in record.events if isinstance(event, Approved)),
        f"recorded in  {audit}, {record.segments[0].path.rpartition('/')[0]}",
    ]
    return [escape.line(line if number == 0 else _INDENT + line) for number, line in enumerate(lines)]


def _yes(approved: Approved) -> str:
    return f"{approved.by} for {approved.wave}{f': {approved.why}' if approved.why else ''}"


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
            return f"{event.d}  {said or f'{event.s}: now {event.to.lower()}'}"
        case LeaseTaken(token=token):
            return f"{by} takes the lease, token {token}{f'; {said}' if said else ''}"
        case Opened(kind=kind, revision=revision):
            return f"opened: {kind} of {revision[:7]}, {count(len(progress.devices), 'device')}"
        case Late(token=token, lines=lines):
            return f"came too late and of no effect: {count(len(lines), 'event')} of token {token}"
        case _:
            return said


def _verdicts(progress: Progress, account: Account) -> Iterator[str]:
    width = column(progress.plan)
    for wave, judged in account.judged.items():
        said = f"{judged.verdict.upper()} by row {judged.row}: {judged.reason}; {_numbers(judged)}"
        yield from wrapped(said, f"{_INDENT}{wave:<{width}} ")


def _numbers(judged: WaveJudged) -> str:
    bound = f", up to {percent(float(judged.bound))} may fail" if judged.bound else ""
    return (
        f"{judged.n} planned, {judged.s} healthy, {judged.f} failed and {judged.allowed} allowed, {judged.u} not "
        f"reached, {judged.d} undecided, evidence {judged.llr}{bound}"
    )


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
