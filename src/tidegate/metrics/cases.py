"""Deployments judged afterwards: which failed, why, and whether the canary caught it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tidegate.metrics.reading import Reading
from tidegate.metrics.recovery import recover_times
from tidegate.model.delivery import Case, Sign


def case(reading: Reading, later: Sequence[Reading]) -> Case:
    """What became of one deployment. `later` are the rollouts opened after it, of all lanes, the oldest first."""
    undone = _undone(reading, later)
    fell = {**undone, **reading.fell}
    signs = _signs(reading, is_undone=bool(undone))
    recovered = recover_times(reading, fell, later)
    return Case(
        rollout=reading.record.rollout,
        opened=reading.opened.at,
        result=reading.ended.result.value if reading.ended else "",
        applied=len(reading.applied),
        confirmed=len(reading.confirmed & reading.applied.keys()),
        fell=tuple(sorted(fell)),
        signs=signs,
        caught=bool(signs) and not undone and _stayed_in_canary(reading),
        began=_began(reading, fell) if fell else None,
        recovered=max(recovered.values()) if fell and len(recovered) == len(fell) else None,
    )


def _signs(reading: Reading, *, is_undone: bool) -> tuple[Sign, ...]:
    seen = {
        Sign.DEVICE: bool(reading.fell),
        Sign.HALTED: reading.is_halted,
        Sign.ROLLED_BACK: is_undone,
    }
    return tuple(sign for sign, is_so in seen.items() if is_so)


def _undone(reading: Reading, later: Sequence[Reading]) -> dict[str, datetime]:
    """Devices that a later rollback of this very rollout took back, and since when they had to be."""
    undone: dict[str, datetime] = {}
    for each in later:
        if each.is_rollback and each.opened.of == reading.record.rollout:
            for device in reading.applied.keys() & each.record.plan.devices.keys():
                undone.setdefault(device, each.opened.at)
    return undone


def _stayed_in_canary(reading: Reading) -> bool:
    """All that fell was in the canary; or, where nothing fell, nothing else had been switched."""
    return (reading.fell or reading.applied).keys() <= reading.canary


def _began(reading: Reading, fell: dict[str, datetime]) -> datetime:
    """When the first device was switched that later failed; where none failed itself, of those that went back."""
    return min(reading.applied[device] for device in (reading.failed or fell))
