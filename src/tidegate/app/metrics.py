"""The delivery metrics of a project, from its record."""

from __future__ import annotations

from tidegate.app.ground.recorded import recorded
from tidegate.metrics.delivery import measure
from tidegate.model.delivery import Delivery
from tidegate.world import World


def delivery(world: World, folder: str, days: int) -> Delivery:
    """The numbers of the last `days`."""
    records = [past.record for past in recorded(world, folder)]
    return measure(records, now=world.clock.now(), days=days)
