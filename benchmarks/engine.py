"""What the engine costs per device: a whole rollout in virtual time, over simulated devices."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from row import Row
from tidegate.clock import VirtualClock
from tidegate.drivers.simulated import SimulatedDriver, SimulatedFleet
from tidegate.engine.engine import Engine
from tidegate.engine.job import Job
from tidegate.model.artifact import Artifact
from tidegate.model.event import Event, LeaseTaken, Opened
from tidegate.model.plan import Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave
from tidegate.model.project import Device, Probe
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment
from tidegate.model.state import Result
from tidegate.model.verb import Load
from tidegate.probes.command import CommandProber
from yardstick import slowness

MANY, FEW = 10_000, 1_000
ROUNDS = 3
SECONDS = 10.0
GROWTH = 1.3
LATENCY = 0.1
OLD, NEW = "sha256:old", "sha256:new"
PROBE = Probe("serves", "command", "look", where="device", interval=10, successes=1)

Decide = Callable[[Record, int], tuple[Sequence[Event], bool]]


class Branch:
    """The record in memory: nobody else writes, nothing is lost."""

    token = 1

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self._plan = plan
        opened = Opened(
            at=clock.now(), o="plan", k=1, kind="deploy", revision="r", base="", plan="sha256:plan", file="",
            asked={"by": "ada"},
        )  # fmt: skip
        taken = LeaseTaken(at=clock.now(), o="lane", k=1, token=1, from_=0, free=True)
        self._segments = [self._segment([opened, taken])]

    def record(self) -> Record:
        return Record("shop/default", "default-1", self._plan, tuple(self._segments))

    async def append(self, facts: Sequence[Event], decide: Decide | None = None) -> Sequence[Event]:
        decided: Sequence[Event] = ()
        if decide is not None:
            decided, _ = decide(self.record(), len(self._segments) + 1)
        events = [*facts, *decided]
        if events:
            self._segments.append(self._segment(events))
        return events

    def _segment(self, events: Sequence[Event]) -> Segment:
        number = len(self._segments) + 1 if hasattr(self, "_segments") else 1
        head = Head(
            seq=number, prev="", lane="shop/default", rollout="default-1", n=number, held=True, token=1,
            holder="bench", by="ada", tool="0", at="",
        )  # fmt: skip
        return Segment(head, tuple(events), "", "")


class Notes:
    """A spool that keeps nothing: what a disk costs is no part of this."""

    def write(self, events: Sequence[Event]) -> None:
        """Kept for as long as it takes to say so."""


def measure() -> list[Row]:
    few, many = _interleaved()
    growth = (many / MANY) / (few / FEW)
    bar = SECONDS * slowness()
    return [
        {
            "name": f"engine: {MANY} simulated devices in three waves, CPU",
            "unit": "s",
            "ours": round(many, 2),
            "peer": None,
            "ratio": None,
            "bar": round(bar, 1),
            "holds": many < bar,
        },
        {
            "name": f"engine: CPU per device at {MANY}, beside {FEW}",
            "unit": "ms",
            "ours": round(many / MANY * 1000, 3),
            "peer": round(few / FEW * 1000, 3),
            "ratio": round(growth, 2),
            "bar": GROWTH,
            "holds": growth <= GROWTH,
        },
    ]


def _interleaved() -> tuple[float, float]:
    """CPU seconds of few and of many devices, the least of some rounds: what else runs only ever adds to it."""
    _rollout(FEW)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].append(statistics.fmean(_rollout(FEW) for _ in range(3)))
        times[1].append(_rollout(MANY))
    return min(times[0]), min(times[1])


def _rollout(size: int) -> float:
    """CPU seconds of one rollout, from its first event to its last."""
    gc.collect()
    clock = VirtualClock()
    plan = _plan(size)
    fleet = SimulatedFleet(clock, {"nginx": OLD})
    devices = {name: Device(name, name, "simulated", options={"latency": LATENCY}) for name in plan.devices}
    job = Job(
        plan=plan,
        family="shop.default-1.",
        scope="audit",
        owner="bench",
        devices=devices,
        loads=lambda _device: (Load("nginx", OLD, NEW, Artifact("files", ())),),
        fill=lambda _mark: b"",
        drivers={"simulated": SimulatedDriver(base=Path(), clock=clock, fleet=fleet)},
        probers={"command": CommandProber(clock=clock, environ={})},
        probes={PROBE.name: PROBE},
    )
    branch = Branch(plan, clock)
    begun = time.process_time()
    outcome = asyncio.run(Engine(job, branch, branch.record(), Notes(), clock).run())
    taken = time.process_time() - begun
    ended = outcome.progress.ended
    assert ended is not None
    assert ended.result is Result.SUCCEEDED
    return taken


def _plan(size: int) -> Plan:
    names = [f"device-{number:05}" for number in range(size)]
    staging, canary = size // 100, size // 10
    members = (names[:staging], names[staging:canary], names[canary:])
    return Plan(
        project="shop",
        strategy="default",
        kind=Kind.DEPLOY,
        components={"nginx": PlannedComponent("sha256:change")},
        devices={name: PlannedDevice("sha256:reach", {"nginx": NEW}, 60) for name in names},
        waves=tuple(
            PlannedWave(
                name=name,
                leg="",
                members=tuple(part),
                soak=60,
                health=(PROBE.name,),
                parallel=1_000,
                staging=name == "staging",
            )
            for name, part in zip(("staging", "canary", "rest"), members, strict=True)
        ),
        before={name: {"nginx": OLD} for name in names},
    )


if __name__ == "__main__":
    for row in measure():
        print(row)
