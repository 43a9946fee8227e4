"""The waves of a plan: how each goes, what it can prove, and what it risks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.analysis.bounds import share_text, upper
from tidegate.model.plan import PlannedWave
from tidegate.model.project import Approvals, Project, Strategy, Wave
from tidegate.model.value import Selector


def planned_waves(project: Project, strategy: Strategy, chosen: Sequence[tuple[str, ...]]) -> tuple[PlannedWave, ...]:
    """The waves of a strategy with these members, their amounts as numbers of devices."""
    production = frozenset(_selected(project, project.production))
    canary = next((index for index, names in enumerate(chosen) if not production.isdisjoint(names)), len(chosen))
    legs, approvals = legs_of(strategy.waves), _approvals(strategy.waves, chosen)
    return tuple(
        PlannedWave(
            name=wave.name,
            leg=legs[index],
            members=chosen[index],
            environment=wave.environment,
            approvals=approvals[index].count,
            approvers=approvals[index].people,
            soak=wave.soak,
            health=wave.health,
            allowed=_allowed(wave, len(chosen[index]), is_later=index > canary),
            unreachable=strategy.max_unreachable.down(len(chosen[index])),
            parallel=wave.max_parallel,
            confirm=wave.confirm,
            staging=production.isdisjoint(_selected(project, wave.select)),
        )
        for index, wave in enumerate(strategy.waves)
    )


def _selected(project: Project, selector: Selector) -> Iterator[str]:
    return (name for name, device in project.fleet.items() if selector.matches(device.selectable))


def legs_of(waves: Sequence[Wave]) -> list[str]:
    """A leg is named by its environment; where that is none, by its first wave."""
    legs: list[str] = []
    for index, wave in enumerate(waves):
        legs.append(wave.environment or wave.name if _begins_leg(waves, index) else legs[-1])
    return legs


def _approvals(waves: Sequence[Wave], chosen: Sequence[tuple[str, ...]]) -> list[Approvals]:
    """A wave of nobody is passed over, but not the people who guard its leg: the next wave there asks them."""
    asked: list[Approvals] = []
    owed = Approvals()
    for index, wave in enumerate(waves):
        due = wave.approvals if wave.approvals.count or _begins_leg(waves, index) else owed
        asked.append(due if chosen[index] else Approvals())
        owed = Approvals() if chosen[index] else due
    return asked


def _begins_leg(waves: Sequence[Wave], index: int) -> bool:
    return index == 0 or waves[index - 1].environment != waves[index].environment


def _allowed(wave: Wave, total: int, *, is_later: bool) -> int:
    """Failed devices a wave may have. After the canary a share is at least one device: one flaky machine stops nothing.

    A share of none stays none.
    """
    allowed = wave.max_failures.down(total)
    at_least_one = is_later and wave.max_failures.is_share and wave.max_failures.number
    return min(total, max(1, allowed)) if at_least_one else allowed


def proves_of(waves: Sequence[PlannedWave]) -> dict[str, str]:
    """What is ruled out once a wave has passed without failure: failure rates above this share.

    Devices count together as the sequential test counts them: over the waves of a leg, staging apart.
    """
    so_far: dict[tuple[str, bool], int] = {}
    proves: dict[str, str] = {}
    for wave in waves:
        if wave.members:
            key = (wave.leg, wave.staging)
            so_far[key] = so_far.get(key, 0) + len(wave.members)
            proves[wave.name] = share_text(upper(0, so_far[key]))
    return proves


def risks_of(waves: Sequence[PlannedWave]) -> dict[str, int]:
    """Devices that can be unhealthy together: by a fault that is seen at once, and by one that shows later."""
    return {
        "at_once": max(min(len(wave.members), wave.allowed + wave.parallel) for wave in waves),
        "late": max(len(wave.members) for wave in waves),
    }
