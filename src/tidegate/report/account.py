"""What a story needs and progress does not keep: when waves opened and were judged, and why each device fell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tidegate.model.event import Event, Stepped, WaveJudged, WaveOpened
from tidegate.model.state import Step
from tidegate.rollout.progress import Progress

CAUSES = frozenset(
    {Step.INVALID, Step.UNFIT, Step.UNREACHED, Step.APPLY_FAILED, Step.UNHEALTHY, Step.WENT_BACK, Step.SILENT}
)
OWN_SKIPS = frozenset({"held", "removed"})
"""Skipped for a reason of its own, not for what became of its wave."""


class Account:
    """A fold of events, O(1) for each. `causes`: the step that first told that a device does not get the change."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.waves: dict[str, datetime] = {}
        self.judged: dict[str, WaveJudged] = {}
        self.causes: dict[str, Stepped] = {}
        for event in events:
            self.hear(event)

    def hear(self, event: Event) -> None:
        match event:
            case WaveOpened():
                self.waves[event.wave] = event.at
            case WaveJudged():
                self.judged[event.wave] = event
            case Stepped(s=Step.AGAIN):
                self.causes.pop(event.d, None)
            case Stepped() if event.s in CAUSES or event.failed or (event.s is Step.SKIP and event.why in OWN_SKIPS):
                self.causes.setdefault(event.d, event)
            case _:
                pass

    def took(self, wave: str) -> float:
        """Seconds from a judged wave's opening to its verdict."""
        return (self.judged[wave].at - self.waves[wave]).total_seconds()


def fallen(progress: Progress, account: Account) -> list[str]:
    """Devices that the change did not reach, or that failed: in the order of waves, the failed ones first."""
    order = progress.plan.wave_of
    return sorted(account.causes, key=lambda name: (order[name], not progress.devices[name].failed, name))
