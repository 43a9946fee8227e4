"""The numbers that say whether delivery is getting faster and safer, from the records alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tidegate.metrics.cases import case
from tidegate.metrics.pipeline import pipeline
from tidegate.metrics.reading import Reading, read
from tidegate.metrics.recovery import recovery
from tidegate.metrics.share import share
from tidegate.model.delivery import Case, Delivery, Frequency, Share
from tidegate.model.record import Record
from tidegate.model.state import Result

_DAY = 86400.0
_DONE = frozenset({Result.SUCCEEDED.value, Result.PARTIAL.value})


def measure(records: Sequence[Record], *, now: datetime, days: int = 90) -> Delivery:
    """The delivery metrics of the `days` before `now`, from all records of a branch, in any order.

    A deployment is a rollout in which at least one device of production (of a wave that is not staging) reached
    APPLYING. Rollbacks are rework, never deployments: else every failure would raise the deploy frequency, and its
    repair would halve the failure rate. A rollout belongs to the time it was opened in; rollbacks and recoveries of
    it count whenever they came. One that has not ended is an attempt, and no more.

    Lead time is not here: records hold no commit times. Nor are incidents, hotfixes and reverts by a commit: nothing
    in the record names them yet.
    """
    readings = sorted((read(record) for record in records), key=lambda reading: reading.opened.at)
    since = now - timedelta(days=days)
    here = [reading for reading in readings if since <= reading.opened.at <= now]
    cases = _cases(readings, since, now)
    over = [each for each in cases if each.result]
    failed = [each for each in over if each.failed]
    caught = sum(each.caught for each in failed)
    through = pipeline(here, [reading for reading in readings if reading.opened.at < since])
    first = readings[0].opened.at if readings else None
    return Delivery(
        since=since,
        until=now,
        first=first,
        rollouts=len(here),
        running=len(cases) - len(over),
        frequency=_frequency(cases, max(since, first or now), now),
        failures=share(len(failed), len(over)),
        caught=caught,
        escaped=len(failed) - caught,
        recovery=recovery(cases),
        rework=_rework(here),
        pipeline=through,
        through=share(through.ordinary, through.all),
        cases=cases,
    )


def _cases(readings: Sequence[Reading], since: datetime, until: datetime) -> tuple[Case, ...]:
    return tuple(
        case(reading, readings[index + 1 :])
        for index, reading in enumerate(readings)
        if since <= reading.opened.at <= until and reading.applied and not reading.is_rollback
    )


def _frequency(cases: Sequence[Case], since: datetime, now: datetime) -> Frequency:
    """Over the time for which there is a record, and at least a day: two deployments in the first hour are not 48."""
    done = sum(1 for each in cases if each.result in _DONE)
    devices = sum(each.confirmed for each in cases)
    return Frequency(done, len(cases), devices, max(1.0, (now - since).total_seconds() / _DAY))


def _rework(here: Sequence[Reading]) -> Share:
    switched = [reading for reading in here if reading.applied]
    return share(sum(1 for reading in switched if reading.is_rollback), len(switched))
