"""The delivery metrics as one screen, and as a document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tidegate.model.canonical import instant
from tidegate.model.delivery import Case, Delivery, Frequency, Recovery, Share
from tidegate.report.people import count, day, duration, percent, wrapped

_COLUMN = 22
_WEEK, _MONTH = 7, 30


def metrics_text(delivery: Delivery) -> str:
    """The four numbers, each with the counts it is made of."""
    if not delivery.rollouts:
        return "\n".join([*wrapped(_headline(delivery)), *wrapped(_scope(delivery))])
    rows = {
        "deploy frequency": _frequency(delivery.frequency),
        "change failure rate": _failures(delivery),
        "time to recover": _recovery(delivery.recovery),
        "through the pipeline": _pipeline(delivery),
        "rework": (
            _share(delivery.rework, "nothing changed production yet"),
            "rollbacks among all that changed production",
        ),
    }
    lines = [line for name, texts in rows.items() for line in _row(name, texts)]
    return "\n".join([*wrapped(_headline(delivery)), "", *lines, "", *wrapped(_scope(delivery))])


def metrics_document(delivery: Delivery) -> dict[str, Any]:
    """Shares are 0..1 with the 95 % Wilson interval, null where there is nothing to divide; durations are seconds."""
    return {
        "since": instant(delivery.since),
        "until": instant(delivery.until),
        "record_begins": instant(delivery.first) if delivery.first else None,
        "rollouts": delivery.rollouts,
        "running": delivery.running,
        "deploy_frequency": {**asdict(delivery.frequency), "per_day": delivery.frequency.per_day},
        "change_failure_rate": {
            **_share_document(delivery.failures),
            "caught": delivery.caught,
            "escaped": delivery.escaped,
        },
        "time_to_recover": asdict(delivery.recovery),
        "through_pipeline": {**_share_document(delivery.through), **asdict(delivery.pipeline), "source": "record"},
        "rework_rate": _share_document(delivery.rework),
        "lead_time": None,
        "deployments": [_case_document(case) for case in delivery.cases],
    }


def _share_document(share: Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, "share": share.value, "low": share.low, "high": share.high}


def _case_document(case: Case) -> dict[str, Any]:
    return {
        "rollout": case.rollout,
        "opened": instant(case.opened),
        "result": case.result or None,
        "applied": case.applied,
        "confirmed": case.confirmed,
        "failed": case.failed,
        "signs": [sign.value for sign in case.signs],
        "caught_in_canary": case.caught,
        "fell": list(case.fell),
        "began": instant(case.began) if case.began else None,
        "recovered": instant(case.recovered) if case.recovered else None,
    }


def _headline(delivery: Delivery) -> str:
    """The answer in a sentence."""
    frequency, failures = delivery.frequency, delivery.failures
    span = f"the last {count((delivery.until - delivery.since).days, 'day')}"
    if not frequency.attempts:
        return f"No deployment reached production in {span}, so there is nothing to count yet."
    failed = f"{failures.part} of {failures.whole} failed" if failures.whole else "none has ended yet"
    lies = delivery.recovery.still_open
    open_ones = f", {lies} not recovered yet" if lies else ""
    return f"{count(frequency.attempts, 'deployment')} to production in {span}; {failed}{open_ones}."


def _row(name: str, texts: Sequence[str]) -> list[str]:
    heads = [name, *[""] * len(texts)]
    return [line for head, text in zip(heads, texts, strict=False) for line in wrapped(text, f"{head:<{_COLUMN}}")]


def _frequency(frequency: Frequency) -> list[str]:
    done = f"{frequency.done} of {count(frequency.attempts, 'deployment')} done, {frequency.devices} devices changed"
    if not frequency.done:
        return ["none so far", done]
    if frequency.days < _WEEK:
        return [f"{frequency.done} so far, too early for a rate", done]
    return [_rate(frequency), done]


def _rate(frequency: Frequency) -> str:
    for days, word in ((1, "day"), (_WEEK, "week")):
        if frequency.per_day * days >= 1:
            return f"{frequency.per_day * days:.1f} a {word}"
    return f"{frequency.per_day * _MONTH:.1f} a month"


def _share(share: Share, nothing: str) -> str:
    """`17 %, 2 of 12 (95 % interval: 5 to 45 %)`: never a rate without its n."""
    if share.value is None:
        return nothing
    low, high = percent(share.low).removesuffix(" %"), percent(share.high)
    return f"{percent(share.value)}, {share.part} of {share.whole} (95 % interval: {low} to {high})"


def _failures(delivery: Delivery) -> list[str]:
    rate = _share(delivery.failures, "no deployment has ended yet")
    if not delivery.failures.part:
        return [rate]
    return [rate, f"{delivery.caught} caught in the canary, {delivery.escaped} escaped"]


def _recovery(some: Recovery) -> list[str]:
    if some.median is None or some.p90 is None or some.mean is None:
        return [f"nothing has recovered yet, {some.still_open} still open" if some.still_open else "nothing to recover"]
    if some.n == 1:
        return [f"{duration(some.median)}, once; {some.still_open} still open"]
    rest = f"90 % within {duration(some.p90)}, mean {duration(some.mean)}, {some.still_open} still open"
    return [f"{duration(some.median)}, median of {some.n}", rest]


def _pipeline(delivery: Delivery) -> list[str]:
    seen = delivery.pipeline
    where = f"{seen.looked_at} of {count(seen.known, 'device')}"
    coverage = f"seen by rollouts alone, on {where}: a change by hand is found only where a rollout came by"
    return [_share(delivery.through, "no change yet"), coverage]


def _scope(delivery: Delivery) -> str:
    if delivery.first is None:
        return "The record is empty."
    return (
        f"From the record of {count(delivery.rollouts, 'rollout')}; it begins {day(delivery.first, delivery.until)}. "
        "Lead time is not measured: the record holds no times of commits."
    )
