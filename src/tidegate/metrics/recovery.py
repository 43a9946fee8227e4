"""How long it took until what a deployment broke was good again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import fmean, median, quantiles

from tidegate.metrics.reading import Reading
from tidegate.model.delivery import Case, Recovery


def recover_times(reading: Reading, since: Mapping[str, datetime], later: Sequence[Reading]) -> dict[str, datetime]:
    """When each device of `since` was first read back good after that instant, in its own rollout or a later one.

    Devices that are not good yet are left out.
    """
    times: dict[str, datetime] = {}
    for device, fell in since.items():
        good = (at for each in (reading, *later) for at in each.good.get(device, ()) if at > fell)
        first = min(good, default=None)
        if first is not None:
            times[device] = first
    return times


def recovery(cases: Iterable[Case]) -> Recovery:
    """Median, 90th percentile and mean of the recovered ones; the percentile by linear interpolation, as NumPy's."""
    fallen = [case for case in cases if case.fell]
    seconds = [_seconds(case.began, case.recovered) for case in fallen if case.began and case.recovered]
    still_open = len(fallen) - len(seconds)
    if not seconds:
        return Recovery(0, still_open)
    p90 = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Recovery(len(seconds), still_open, median(seconds), p90, fmean(seconds))


def _seconds(began: datetime, recovered: datetime) -> float:
    return (recovered - began).total_seconds()
