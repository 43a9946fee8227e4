"""One rollout as a document for programs: complete, and the same for every command that gives it."""

from __future__ import annotations

from typing import Any

from tidegate.model.canonical import instant
from tidegate.model.event import WaveJudged
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.report.account import Account
from tidegate.report.status import IsDead, runner, stage
from tidegate.rollout.progress import Progress
from tidegate.rollout.standing import Standing


def document(record: Record, is_dead: IsDead) -> dict[str, Any]:
    """Instants are UTC; counts are devices; `exit_code` is null while it has not ended."""
    progress, account = Progress.of(record.plan, record.events), Account(record.events)
    ended = progress.ended
    return {
        "rollout": record.rollout,
        "lane": record.lane,
        "kind": record.opened.kind,
        "of": record.opened.of,
        "revision": record.plan.revision,
        "plan": record.plan.digest,
        "stage": stage(record, progress, is_dead),
        "opened": instant(record.opened.at),
        "asked_by": dict(record.opened.asked),
        "lease": _lease(record),
        "hold": _hold(progress),
        "ask": _ask(progress),
        "back": {"scope": progress.back.scope, "reason": progress.back.reason} if progress.back else None,
        "result": ended.result.value if ended else None,
        "reason": ended.reason if ended else None,
        "ended": instant(ended.at) if ended else None,
        "exit_code": ended.result.exit_code if ended else None,
        "bad": list(ended.bad) if ended else [],
        "waves": [_wave(progress, account, index) for index in range(len(progress.plan.waves))],
        "devices": {name: _device(progress, account, name) for name in progress.plan.wave_of},
    }


def _lease(record: Record) -> dict[str, Any]:
    head = runner(record)
    return {
        "held": record.segments[-1].head.held,
        "token": head.token,
        "holder": head.holder,
        "by": head.by,
        "at": head.at,
    }


def _hold(progress: Progress) -> dict[str, Any] | None:
    hold = progress.hold
    if hold is None:
        return None
    until = instant(hold.until) if hold.until else None
    return {"hold": hold.hold, "kind": hold.kind.value, "wave": hold.wave, "until": until, "text": hold.text}


def _ask(progress: Progress) -> dict[str, Any] | None:
    ask = progress.ask
    if ask is None:
        return None
    return {
        "ask": ask.ask,
        "wave": ask.wave,
        "environment": ask.environment,
        "count": ask.count,
        "people": list(ask.people),
        "approved_by": sorted(progress.approvals),
        "rejected_by": progress.rejected.by if progress.rejected else None,
    }


def _wave(progress: Progress, account: Account, index: int) -> dict[str, Any]:
    wave, tally = progress.plan.waves[index], progress.tallies[index]
    opened = account.waves.get(wave.name)
    return {
        "name": wave.name,
        "leg": wave.leg,
        "environment": wave.environment,
        "staging": wave.staging,
        "members": list(wave.members),
        "opened": instant(opened) if opened else None,
        "verdict": _verdict(account.judged.get(wave.name)),
        "states": {state.value: tally.count(state) for state in State if tally.count(state)},
        "failed": tally.failed,
        "unreached": tally.unreached,
        "healthy": tally.healthy,
    }


def _verdict(judged: WaveJudged | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {
        "verdict": judged.verdict,
        "row": judged.row,
        "reason": judged.reason,
        "at": instant(judged.at),
        "planned": judged.n,
        "unreached": judged.u,
        "failed": judged.f,
        "succeeded": judged.s,
        "undecided": judged.d,
        "allowed": judged.allowed,
        "llr": judged.llr,
        "bound": judged.bound,
    }


def _device(progress: Progress, account: Account, name: str) -> dict[str, Any]:
    standing: Standing = progress.devices[name]
    cause = account.causes.get(name)
    return {
        "wave": progress.plan.waves[progress.plan.wave_of[name]].name,
        "state": standing.state.value,
        "attempt": standing.attempt,
        "failed": standing.failed,
        "since": instant(standing.since) if standing.since else None,
        "why": standing.why,
        "text": standing.text,
        "cause": {"step": cause.s.value, "why": cause.why, "text": cause.text, "at": instant(cause.at)}
        if cause
        else None,
        "to": dict(progress.plan.devices[name].to),
        "before": dict(progress.plan.before.get(name, {})),
        "runs": dict(standing.runs),
    }
