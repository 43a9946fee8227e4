"""What a simulated device does when it is asked: the rules of the device program, verb by verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.drivers.simulation import Change, SimulatedDevice, Written
from tidegate.model.answer import Answer, At, Done, Ended, Failed, Lost, Placed, Refused, Seen, Staged
from tidegate.model.canonical import NONE
from tidegate.model.verb import (
    Address,
    Apply,
    Confirm,
    Forget,
    Heartbeat,
    Inspect,
    Load,
    Login,
    Look,
    Revert,
    Snapshot,
    Stage,
    Verb,
    Why,
)

_FREE = 1_000_000
_KEPT, _MANY = 2, 6
_UNFIT = ("no-space", "not-revertable", "unsafe-parent")


@dataclass(frozen=True, slots=True)
class Until:
    """It is at work: see `outcome` at that second of its clock. inf: the work does not end by itself."""

    at: float


def hear(device: SimulatedDevice, address: Address, verb: Verb, now: float) -> Answer | Until:
    """Carry out a verb, or begin to. The same one of the same transaction may come again, and finds what it did."""
    device.settle(now)
    device.touches += 1
    refused = _fence(device, address, verb)
    if refused is not None:
        return refused
    match verb:
        case Inspect():
            return _see(device, address, verb.components, space=verb.space)
        case Look() | Login():
            return _look(device, verb, now)
        case Heartbeat():
            return _prolong(device, address, now + verb.deadline)
        case Stage():
            return _stage(device, address.transaction, verb)
        case Apply():
            return _apply(device, address.transaction, verb.deadline, now)
        case Confirm():
            return _confirm(device, address.transaction)
        case Revert():
            return _revert(device, address.transaction, verb.why, now)
        case Forget():
            return _forget(device)


def _fence(device: SimulatedDevice, address: Address, verb: Verb) -> Refused | None:
    """Refuse a token lower than one it has heard, and keep a higher one. Token 0 may only look."""
    highest = device.highest.get(address.scope, 0)
    looks = isinstance(verb, Inspect | Look | Login)
    if address.token < highest and not (looks and address.token == 0):
        return Refused("token", f"it has heard from a runner with token {highest}")
    if address.token == 0 and not looks:
        return Refused("token", "token 0 may only look")
    if address.token > highest and not isinstance(verb, Look | Login):  # a look takes no lock, and so keeps nothing
        device.highest[address.scope] = address.token
    return None


def outcome(device: SimulatedDevice, address: Address, verb: Verb, now: float) -> Answer | Until:
    """What became of an apply or a revert that was begun."""
    device.settle(now)
    change = device.changes[address.transaction]
    return _applied(device, change) if isinstance(verb, Apply) else _reverted(device, change)


def _look(device: SimulatedDevice, verb: Look | Login, now: float) -> Ended:
    if isinstance(verb, Login) or not device.is_sick(now):
        return Ended(0)
    device.troubles.strikes("health-fails")
    return Ended(1, "unwell")


def _see(device: SimulatedDevice, address: Address, components: tuple[str, ...], *, space: bool = False) -> Seen:
    return Seen(
        highest=device.highest.get(address.scope, 0),
        boot=f"boot-{device.boot}",
        runs={component: device.runs(component) for component in components},
        transactions={name: change.shown() for name, change in device.changes.items()},
        open="" if device.open is None else device.open.id,
        running=device.running,
        free=(0 if "no-space" in device.troubles else _FREE) if space else None,
    )


def _prolong(device: SimulatedDevice, address: Address, deadline: float) -> Seen:
    change = device.changes.get(address.transaction)
    if change is not None and change.at is At.ARMED:
        device.deadline = deadline
    return _see(device, address, tuple(change.to) if change is not None else ())


# Up.


def _stage(device: SimulatedDevice, name: str, verb: Stage) -> Answer:
    own = device.changes.get(name)
    if own is not None and own.at in (At.REVERTING, At.REVERTED):
        return Refused("not_armed", f"{name} is over: {own.at}")
    if own is not None and own.at is not At.STAGED:
        return Staged(runs=_ran(own.before))
    unfit = _unfit(device, verb)
    if unfit is not None:
        return unfit
    if device.troubles.strikes("validate-fails"):
        return Refused("invalid", "its validation ended with 1")
    before = {load.component: (device.runs(load.component), device.disk.get(load.component)) for load in verb.loads}
    to = {load.component: _written(device, load) for load in verb.loads}
    _purge(device)
    device.changes[name] = Change(name, At.STAGED, before, to)
    found = tuple(component for component, (digest, lies) in before.items() if digest == NONE and lies)
    return Staged(found, _ran(before))


def _ran(before: Mapping[str, Written]) -> Mapping[str, str]:
    return {component: digest for component, (digest, _) in before.items()}


def _unfit(device: SimulatedDevice, verb: Stage) -> Refused | None:
    if device.open is not None:
        return Refused("quarantined" if device.open.stuck else "foreign_transaction", device.open.id)
    for load in verb.loads:
        if isinstance(load.content, Snapshot) and not _is_kept(device, load.content, load.component):
            return Refused("not_revertable", f"no snapshot of {load.content.transaction}")
    if all(device.runs(load.component) == load.to for load in verb.loads):
        return Refused("already", "it runs all of it")
    for fault in _UNFIT:
        if fault in device.troubles:
            return Refused(fault.replace("-", "_"))
    for load in verb.loads:
        runs = device.runs(load.component)
        if not load.over_drift and load.now not in (NONE, runs):
            return Refused("drifted", f"{load.component}: {runs}")
    return None


def _is_kept(device: SimulatedDevice, snapshot: Snapshot, component: str) -> bool:
    change = device.changes.get(snapshot.transaction)
    return change is not None and component in change.before


def _written(device: SimulatedDevice, load: Load) -> Written:
    if isinstance(load.content, Snapshot):
        return load.to, device.changes[load.content.transaction].before[load.component][1]
    return load.to, load.to


def _purge(device: SimulatedDevice) -> None:
    """The newest confirmed snapshots stay, and all that was reverted, so that what was sealed stays sealed."""
    confirmed = [name for name, change in device.changes.items() if change.at is At.CONFIRMED]
    staged = [name for name, change in device.changes.items() if change.at is At.STAGED]
    stale = confirmed[:-_KEPT] if len(confirmed) >= _MANY else []
    for name in (*stale, *staged):
        del device.changes[name]


def _apply(device: SimulatedDevice, name: str, deadline: int, now: float) -> Answer | Until:
    change = device.changes.get(name)
    if change is None or change.at in (At.REVERTING, At.REVERTED):
        return Refused("not_armed", "not staged here" if change is None else f"it is {change.at}")
    if change.at is At.STAGED:
        refused = _arm(device, change, now + deadline)
        if refused is not None:
            return refused
        device.start_unit(change, now)
        device.settle(now)
    return _applied(device, change)


def _applied(device: SimulatedDevice, change: Change) -> Answer | Until:
    if change.exit is not None:
        return Ended(change.exit, "it failed" if change.exit else "")
    return Until(device.unit) if device.running and device.open is change else Lost("it was stopped")


def _arm(device: SimulatedDevice, change: Change, deadline: float) -> Refused | None:
    if device.open is not None:
        return Refused("not_armed", f"{device.open.id} is open")
    if device.troubles.strikes("arm-fails"):
        return Refused("not_armed", "no timer could be started")
    if any(device.disk.get(component) != lies for component, (_, lies) in change.before.items()):
        return Refused("not_armed", "something else runs than when it was staged")
    device.arm(change, deadline)
    return None


# To the end, one way or the other.


def _confirm(device: SimulatedDevice, name: str) -> Answer:
    change = device.changes.get(name)
    if change is None or change.at is At.STAGED:
        return Refused("not_armed", "not armed here")
    if change.at is At.ARMED and not device.running and change.exit == 0:
        device.keep(change)
    return Placed(change.at)


def _revert(device: SimulatedDevice, name: str, why: Why, now: float) -> Answer | Until:
    change = device.changes.get(name)
    if change is None or change.at is At.STAGED:
        device.changes[name] = Change(name, At.REVERTED, why=Why.SEALED)
        return Placed(At.REVERTED, sealed=True)
    match change.at:
        case At.REVERTED:
            if why is Why.FAILED and change.why is Why.DEADLINE:
                change.why = why
            return Placed(At.REVERTED, sealed=change.why is Why.SEALED)
        case At.CONFIRMED if not _stands(device, change):
            return Placed(At.CONFIRMED, superseded=True)
        case At.REVERTING if not change.stuck:
            return Until(device.restored)
        case _:
            device.go_back(change, why, now)
            device.settle(now)
            return _reverted(device, change)


def _reverted(device: SimulatedDevice, change: Change) -> Answer | Until:
    if change.stuck:
        return Failed("what ran before could not be restored")
    return Placed(At.REVERTED) if change.at is At.REVERTED else Until(device.restored)


def _stands(device: SimulatedDevice, change: Change) -> bool:
    """Is it the newest confirmed, does its target still run, and nothing else go on?"""
    confirmed = [other for other in device.changes.values() if other.at is At.CONFIRMED]
    same = all(device.disk.get(component) == content for component, (_, content) in change.to.items())
    return device.open is None and confirmed[-1] is change and same


def _forget(device: SimulatedDevice) -> Done:
    if device.open is not None and device.open.stuck:
        device.open.at, device.open.stuck, device.open = At.REVERTED, False, None
    return Done()
