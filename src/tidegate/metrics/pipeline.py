"""How much of what changed on devices came through the pipeline, as far as the record alone can see."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.metrics.reading import Reading
from tidegate.model.delivery import Pipeline


def pipeline(readings: Sequence[Reading], before: Sequence[Reading] = ()) -> Pipeline:
    """Transitions of the rollouts in `readings`, the oldest first; `before` only makes devices known.

    A transition is a device and a component whose digest changed for good. What a rollout found drifted is one
    unexplained transition for each device, until that device is confirmed again: nobody knows which component, nor
    how often.
    """
    counts = {"ordinary": 0, "break_glass": 0}
    unexplained = 0
    strange: set[str] = set()
    for reading in readings:
        kind = "break_glass" if reading.opened.kind == "break_glass" else "ordinary"
        counts[kind] += sum(_changes(reading, device) for device in reading.confirmed)
        unexplained += len(reading.drifted - strange)
        strange = (strange | reading.drifted) - reading.confirmed
    known = {device for reading in (*before, *readings) for device in reading.record.plan.devices}
    looked_at = {device for reading in readings for device in reading.looked_at}
    return Pipeline(
        ordinary=counts["ordinary"],
        break_glass=counts["break_glass"],
        unexplained=unexplained,
        looked_at=len(looked_at),
        known=len(known),
    )


def _changes(reading: Reading, device: str) -> int:
    """Components whose digest the rollout changed on a device, by its plan."""
    plan = reading.record.plan
    before = plan.before.get(device, {})
    return sum(1 for component, digest in plan.devices[device].to.items() if before.get(component) != digest)
