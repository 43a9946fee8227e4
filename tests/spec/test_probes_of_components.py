"""Probes of a component look at the devices on which it changes, and at no others."""

from __future__ import annotations

from dataclasses import replace

from spec.case import Case
from spec.roll import play
from tidegate.model.plan import Plan, PlannedComponent
from tidegate.model.state import State


class OfOne(Case):
    """No probe is the wave's: `serves` is that of nginx, which is on every device."""

    owner = "nginx"

    def plan(self) -> Plan:
        plan = super().plan()
        parts = {**plan.components, "motd": PlannedComponent("sha256:motd")}
        parts[self.owner] = replace(parts[self.owner], health=("serves",))
        return replace(plan, components=parts, waves=tuple(replace(wave, health=()) for wave in plan.waves))


class OfAnother(OfOne):
    """`serves` is that of motd, which is on none of these."""

    owner = "motd"


SICK = {"b": ("health-fails",)}


def test_the_probe_of_a_component_sends_a_sick_device_back() -> None:
    assert play(OfOne(("a b",), SICK, allowed=1)).states == {"a": State.SUCCEEDED, "b": State.REVERTED}


def test_a_component_that_is_not_on_a_device_is_not_looked_at_there() -> None:
    assert play(OfAnother(("a b",), SICK)).states == {"a": State.SUCCEEDED, "b": State.SUCCEEDED}
