"""A change to the way in is confirmed only by who came in that way: else the device goes back, and can be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spec.case import Case
from spec.roll import End, play
from tidegate.drivers.simulation import Change
from tidegate.model.answer import At
from tidegate.model.plan import Plan
from tidegate.model.state import State
from tidegate.model.verb import Confirm, Why


class Reconnecting(Case):
    """Its component says `reconnect: true`."""

    def plan(self) -> Plan:
        plan = super().plan()
        return replace(plan, components={name: replace(c, reconnect=True) for name, c in plan.components.items()})


LOCKED_OUT: Mapping[str, Sequence[str]] = {"a": ("reconnect-fails",)}


def test_who_locks_everybody_out_goes_back_by_itself() -> None:
    end = play(Reconnecting(("a b", "c"), LOCKED_OUT, allowed=1))
    assert end.states == {"a": State.REVERTED, "b": State.SUCCEEDED, "c": State.SUCCEEDED}
    assert end.failed == {"a"}
    assert (change_on(end, "a").at, change_on(end, "a").why) == (At.REVERTED, Why.FAILED)


def test_without_it_the_open_connection_confirms_and_nobody_comes_in_again() -> None:
    end = play(Case(("a b", "c"), LOCKED_OUT, allowed=1))
    assert end.states["a"] is State.SUCCEEDED
    assert change_on(end, "a").at is At.CONFIRMED


def test_every_confirm_is_anew_and_of_others_none() -> None:
    for case, anew in ((Reconnecting(("a b",)), True), (Case(("a b",)), False)):
        log = play(case).play.fleet.log or []
        confirms = [deed.verb for deed in log if isinstance(deed.verb, Confirm)]
        assert confirms == [Confirm(anew=anew)] * 2


def change_on(end: End, name: str) -> Change:
    (change,) = end.play.fleet.device(name).changes.values()
    return change
