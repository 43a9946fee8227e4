"""What devices may do now: derived from progress, the same for all of a wave."""

from __future__ import annotations

from tidegate.model.state import State
from tidegate.model.verdict import Verdict
from tidegate.rollout.gate import allowed
from tidegate.rollout.progress import Progress


def has_failed(progress: Progress) -> bool:
    """Was the newest opened wave judged FAIL, and has nobody let it through?"""
    judged = progress.verdict
    return judged is not None and judged.verdict == Verdict.FAIL and not progress.let_through


def is_halted(progress: Progress, device: str) -> bool:
    """Is nothing more pushed in the device's wave: did it fail, or will it, for too many of its devices have?"""
    index = progress.plan.wave_of[device]
    if index != progress.wave or progress.passed:
        return False
    tally = progress.tallies[index]
    return has_failed(progress) or tally.failed > allowed(progress.plan.waves[index], tally)


def is_holding(progress: Progress) -> bool:
    """Something said stop and stay: open nothing, let what is in flight come to rest, confirm what is healthy."""
    if progress.back is not None:
        return False
    if progress.stop is not None and progress.stop.then == "hold":
        return True
    if progress.answer is not None and progress.answer.answer == "end":
        return True
    if progress.hold is not None and progress.answer is None:
        return True
    return not progress.let_through and _verdict_holds(progress)


def _verdict_holds(progress: Progress) -> bool:
    judged = progress.verdict
    if judged is None or judged.verdict == Verdict.PASS:
        return False
    return judged.verdict != Verdict.FAIL or progress.plan.on_failure == "hold"


def may_start(progress: Progress) -> bool:
    """May another device of the open wave be started? Not once its failures are more than it may have.

    Also in a wave that passed: an interrupted device starts again there, and the next wave waits for it.
    """
    if progress.wave < 0 or progress.ended is not None or progress.back is not None or progress.stop is not None:
        return False
    if is_holding(progress) or (progress.verdict is not None and not progress.passed):
        return False
    wave, tally = progress.plan.waves[progress.wave], progress.tallies[progress.wave]
    return tally.in_flight < wave.parallel and (progress.passed or tally.failed <= allowed(wave, tally))


def may_confirm(progress: Progress, device: str) -> bool:
    """May the dead man's switch of a healthy device be let go? Never of one that goes back."""
    if progress.goes_back(device):
        return False
    wave = progress.plan.wave_of[device]
    verified = progress.plan.waves[wave].confirm == "verified"
    return verified or wave < progress.wave or progress.passed or is_holding(progress)


def is_watched(progress: Progress, device: str) -> bool:
    """Are a confirmed device's probes still looked at: while its wave is open?"""
    standing = progress.devices[device]
    return (
        standing.state is State.CONFIRMED
        and progress.plan.wave_of[device] == progress.wave
        and not progress.passed
        and progress.back is None
        and progress.ended is None
    )
