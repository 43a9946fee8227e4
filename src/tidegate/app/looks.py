"""Looking at devices without a rollout: what lies on them, and what their probes say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tidegate.app.carrying.reaching import drivers_of, probers_of, runner_of
from tidegate.app.ground.actor import Actor
from tidegate.drivers.base import Driver
from tidegate.engine.caller import attempt, driver_failed
from tidegate.model.answer import Answer, Seen
from tidegate.model.artifact import Mark
from tidegate.model.project import Device, Probe, Project
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.model.verb import Address, Inspect, Login, Look, Verb
from tidegate.probes.base import Glance
from tidegate.report.people import count, names

_SECONDS = 40.0
_AT_ONCE = 32
LOOKER = Address("look", 0, "look")
"""Somebody who only looks: token 0, and no transaction."""


async def inspected(who: Actor, project: Project, devices: Iterable[str], *, scope: str) -> Mapping[str, Seen]:
    """What each of these devices says of itself; those that say nothing are missing."""
    wanted = [project.fleet[name] for name in devices if name in project.fleet]
    free = asyncio.Semaphore(_AT_ONCE)
    async with drivers_of(runner_of(who.world, who.ground.base, project), wanted) as drivers:

        async def one(device: Device) -> Answer:
            async with free:
                address = replace(LOOKER, scope=scope)
                return (await ask(drivers[device.driver], device, address, (Inspect(tuple(project.components)),)))[-1]

        answers = await asyncio.gather(*(one(device) for device in wanted))
    pairs = zip(wanted, answers, strict=True)
    return {device.name: answer for device, answer in pairs if isinstance(answer, Seen)}


async def ask(driver: Driver, device: Device, address: Address, verbs: Sequence[Verb]) -> Sequence[Answer]:
    """Verbs that put nothing on a device."""
    return await attempt(lambda: driver.ask(device, address, verbs, fill=_nothing, deadline=_SECONDS), driver_failed)


def _nothing(mark: Mark) -> bytes:
    raise AssertionError(f"nobody was to ask for secret {mark.secret}")


async def look_once(who: Actor, record: Record, project: Project) -> str:
    """One look of every probe of a rollout at every device it left in order, as a sentence."""
    ended = record.ended
    good = sorted(ended.has) if ended is not None and ended.counts.get(State.SUCCEEDED) else []
    probes = {name: Probe(**definition) for name, definition in record.plan.probes.items()}
    devices = [project.fleet[name] for name in good if name in project.fleet]
    if not probes or not devices:
        return "No probe looked at what came back."
    free, clock = asyncio.Semaphore(_AT_ONCE), who.world.clock
    async with (
        drivers_of(runner_of(who.world, who.ground.base, project), devices) as drivers,
        probers_of(clock, probes.values()) as probers,
    ):

        async def on_device(device: Device, verb: Look | Login) -> Answer:
            return (await ask(drivers[device.driver], device, LOOKER, (verb,)))[-1]

        async def one(device: Device) -> list[Glance]:
            async with free:
                own = [probes[name] for name in record.plan.health_of(device.name)]
                return [await probers[probe.kind].look(probe, device, on_device) for probe in own]

        seen = dict(zip(good, await asyncio.gather(*(one(device) for device in devices)), strict=True))
    sick = [name for name, glances in seen.items() if not all(glance.healthy for glance in glances)]
    if not sick:
        return f"One look afterwards: {count(len(seen), 'device')} of {len(seen)} healthy."
    first = next(glance.text for glance in seen[sick[0]] if not glance.healthy)
    return f"One look afterwards: {len(sick)} of {count(len(seen), 'device')} NOT healthy: {names(sick)} ({first})"
