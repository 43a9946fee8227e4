"""The wave's verdict: one table (analysis.md), read from counters in O(1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tidegate.analysis.bounds import share_text, upper
from tidegate.analysis.sequential import Ruling, llr, rule
from tidegate.model.plan import PlannedWave
from tidegate.model.state import State
from tidegate.model.verdict import Judgement, Verdict
from tidegate.rollout.progress import Progress
from tidegate.rollout.tally import Tally


def allowed(wave: PlannedWave, tally: Tally) -> int:
    """Failed devices the wave may have now: never all that were attempted, never below 0."""
    return max(0, min(wave.allowed, tally.planned - tally.unreached - 1))


def soak_ends(progress: Progress) -> datetime | None:
    """When the open wave has been watched for long enough; None while devices are still on their way."""
    tally = progress.tallies[progress.wave]
    if tally.settled is None:
        return None
    soak = progress.plan.waves[progress.wave].soak if tally.healthy else 0
    return tally.settled + timedelta(seconds=soak)


def judge(progress: Progress, now: datetime) -> Judgement | None:
    """The first row of the table that applies to the open wave; None where there is nothing to say yet.

    Rows 3 and 4 at any time, the others when the wave is complete. Rows 1 and 2 are people's and not built; 5 and
    9-11 need metrics. Without a row there is no verdict: never PASS for want of one.
    """
    wave, tally = progress.plan.waves[progress.wave], progress.tallies[progress.wave]
    limit = allowed(wave, tally)
    if tally.failed > limit:
        return _judgement(progress, Verdict.FAIL, 3, f"{tally.failed} failed, {limit} allowed")
    if _ruling(progress, complete=False) is Ruling.FAIL:
        return _judgement(progress, Verdict.FAIL, 4, "more failures than a healthy change shows by chance")
    ends = soak_ends(progress)
    if ends is None or now < ends:
        return None
    return _complete(progress, wave, tally)


def _complete(progress: Progress, wave: PlannedWave, tally: Tally) -> Judgement:
    if tally.planned == 0:
        if tally.count(State.NOOP):
            return _judgement(progress, Verdict.PASS, 6, "nothing to do: all run it already")
        return _judgement(progress, Verdict.INCONCLUSIVE, 6, "nobody there: every device was skipped")
    if tally.unreached >= tally.planned or tally.unreached > wave.unreachable:
        reason = f"{tally.unreached} of {tally.planned} not reached or not fit, {wave.unreachable} allowed"
        return _judgement(progress, Verdict.INCONCLUSIVE, 7, reason)
    if tally.healthy == 0:
        return _judgement(progress, Verdict.FAIL, 8, "no device is healthy")
    if _proven_before(progress) or _ruling(progress, complete=True) is Ruling.PASS:
        return _judgement(progress, Verdict.PASS, 12, "enough devices in a row without failure")
    return _judgement(progress, Verdict.PASS, 13, "healthy, too few devices to prove much")


def environment_waves(progress: Progress) -> list[int]:
    """Indices of the waves whose devices count together: those of one environment so far, staging apart."""
    waves = progress.plan.waves
    here = waves[progress.wave]
    return [
        index
        for index in range(progress.wave + 1)
        if waves[index].leg == here.leg and waves[index].staging == here.staging
    ]


def _proven_before(progress: Progress) -> bool:
    names = {progress.plan.waves[index].name for index in environment_waves(progress)}
    return any(judged.row == 12 and judged.wave in names for judged in progress.verdicts)


def _ruling(progress: Progress, *, complete: bool) -> Ruling:
    if _proven_before(progress):
        return Ruling.UNDECIDED
    tallies = [progress.tallies[index] for index in environment_waves(progress)]
    return rule(
        progress.plan.sensitivity,
        failed=sum(tally.failed for tally in tallies),
        succeeded=sum(tally.healthy for tally in tallies),
        undecided=sum(tally.undecided for tally in tallies),
        complete=complete,
    )


def _judgement(progress: Progress, verdict: Verdict, row: int, reason: str) -> Judgement:
    wave, tally = progress.plan.waves[progress.wave], progress.tallies[progress.wave]
    failed = tuple(name for name in wave.members if progress.devices[name].failed)[:50] if tally.failed else ()
    tallies = [progress.tallies[index] for index in environment_waves(progress)]
    return Judgement(
        verdict=verdict,
        row=row,
        reason=reason,
        n=tally.planned,
        unreached=tally.unreached,
        failed=tally.failed,
        succeeded=tally.healthy,
        undecided=tally.undecided,
        allowed=allowed(wave, tally),
        llr=llr(
            progress.plan.sensitivity,
            failed=sum(tally.failed for tally in tallies),
            succeeded=sum(tally.healthy for tally in tallies),
        ),
        bound=share_text(upper(tally.failed, tally.failed + tally.healthy)) if tally.failed + tally.healthy else "",
        devices=failed,
        text=f"{wave.name}: {reason}",
    )
