"""A plan in sentences and rows, for a terminal and for Markdown alike; nothing in them is defused."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.model.plan import Kind, Plan, PlannedWave
from tidegate.model.project import Hold, Project
from tidegate.report.diff import Group
from tidegate.report.people import count, duration, names, percent

HEAD = ("wave", "devices", "leg", "approvals", "may fail", "soak", "proves")
UNSIGNED = "Records are not signed yet: who may push the audit branch could forge one."
LOST = "What runs there by the record can no longer be rendered: only what will be there is shown."
_ENOUGH = 3
"""So many devices say something worth saying; fewer are a canary in name only."""


def lane_devices(plan: Plan, project: Project) -> int:
    """Devices that any component of the plan's strategy selects."""
    components = [one for one in project.components.values() if one.strategy == plan.strategy]
    labels = (device.selectable for device in project.fleet.values())
    return sum(any(component.select.matches(of) for component in components) for of in labels)


def headline(plan: Plan, project: Project, brakes: int) -> str:
    """The answer: how many change, or that none does, or that it is refused."""
    changing, total = len(plan.devices), lane_devices(plan, project)
    if not total:
        return f"Nothing to do: strategy `{plan.strategy}` has no component."
    if not changing:
        return f"Nothing to do: by the record, {total} of {count(total, 'device')} run it."
    if brakes:
        return f"Refused by {count(brakes, 'brake')}: {changing} of {count(total, 'device')} would change."
    parts = f"{count(len(plan.components), 'component')}, {count(sum(bool(w.members) for w in plan.waves), 'wave')}."
    if plan.kind is Kind.ROLLBACK:
        return f"{count(changing, 'device')} go back, {parts}"
    return f"{changing} of {count(total, 'device')} change, {parts}"


def component_rows(plan: Plan, groups: tuple[Group, ...]) -> Iterator[tuple[str, int, str]]:
    """(component, devices on which it changes, the targets that differ)."""
    for name in plan.components:
        devices = sum(name in planned.to for planned in plan.devices.values())
        targets = sorted({file.target for group in groups if group.component == name for file in group.files})
        yield name, devices, names(targets, 46) if targets else ""


def wave_rows(plan: Plan, project: Project) -> Iterator[tuple[str, ...]]:
    """A row for each wave, as HEAD says. `1 of 14`: so many of the changing devices that it selects."""
    for wave in plan.waves:
        if not wave.members:
            yield wave.name, "0", wave.leg, "", "", "", "nothing changes here"
            continue
        of = _population(plan, project, wave)
        yield (
            wave.name,
            f"{len(wave.members)} of {of}" if of > len(wave.members) else str(len(wave.members)),
            wave.leg,
            str(wave.approvals),
            str(max(0, min(wave.allowed, len(wave.members) - 1))),
            duration(wave.soak),
            f"below {percent(float(plan.proves[wave.name]))}" if wave.name in plan.proves else "",
        )


def _population(plan: Plan, project: Project, wave: PlannedWave) -> int:
    """How many of the changing devices it selects; of a wave that takes all that is left, only those it takes."""
    written = next((one for one in project.strategies[plan.strategy].waves if one.name == wave.name), None)
    if written is None or written.up_to.up(len(plan.devices)) >= len(plan.devices):
        return len(wave.members)
    return sum(written.select.matches(project.fleet[name].selectable) for name in plan.devices)


def judgement_lines(plan: Plan, project: Project) -> Iterator[str]:
    """What the table means: what it proves, what it risks, whom it asks, and where it proves next to nothing."""
    if plan.proves:
        yield "A clean wave proves, at 95 %, that the failure rate is below what stands there."
    at_once, late = plan.risks["at_once"], plan.risks["late"]
    yield f"At worst {at_once} unhealthy together where a fault shows at once, {late} where later."
    for wave in plan.waves:
        if wave.approvals and wave.approvers:
            yield f"`{wave.name}` asks {wave.approvals} of: {', '.join(wave.approvers)}."
    canary = next((wave for wave in plan.waves if wave.members and not wave.staging), None)
    if canary and plan.proves and len(canary.members) < _ENOUGH <= _population(plan, project, canary):
        few = count(len(canary.members), "device")
        yield f"`{canary.name}` is {few}, which proves little; up_to: 3 would say 63 %."


def adopted(groups: tuple[Group, ...]) -> list[str]:
    """Devices on which the record has nothing of a component that they shall get."""
    return sorted({name for group in groups if group.before == "nothing" for name in group.devices})


def held_words(name: str, hold: Hold) -> str:
    until = f"{hold.until.day} {hold.until:%b %Y}"
    return f"{name} (held until {until}: {hold.reason})"


def letter(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    rest, last = divmod(index, 26)
    return (letter(rest - 1) if rest else "") + chr(ord("A") + last)
