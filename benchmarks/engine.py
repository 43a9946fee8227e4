"""What the engine itself costs: 10,000 simulated devices through all waves, in virtual time."""

from __future__ import annotations

import asyncio
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

MANY, FEW = 10_000, 1_000
SECONDS = 10.0
GROWTH = 1.3
ROUNDS = 3
OLD, NEW = "sha256:old", "sha256:new"
PROBE = Probe("serves", "command", "look", where="device", interval=10, successes=1)


class Journal:
    """The record in memory: it keeps what is written, and hands it back."""

    token = 1

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        at = clock.now()
        opened = Opened(
            at=at, o="plan", k=1, kind="deploy", revision="r", base="", plan=plan.digest, file="", asked={"by": "bench"}
        )
        taken = LeaseTaken(at=at, o="lane", k=1, token=1, from_=0, free=True)
        self._head = Head(1, "", "shop/default", "default-1", 1, True, 1, "bench", "bench", "0", "")  # noqa: FBT003
        self.record = Record("shop/default", "default-1", plan, (Segment(self._head, (opened, taken), "", ""),))

    async def append(
        self,
        facts: Sequence[Event],
        decide: Callable[[Record, int], tuple[Sequence[Event], bool]] | None = None,
    ) -> Sequence[Event]:
        decided, _ = decide(self.record, 2) if decide else ((), False)
        return [*facts, *decided]


class Spool:
    """Nothing is kept: the disk is measured elsewhere."""

    def write(self, events: Sequence[Event]) -> None:
        """Nobody dies here."""


def a_plan(devices: int) -> Plan:
    """Staging is a tenth, the canary 5 % of the rest, then everyone."""
    names = [f"d{number:05}" for number in range(devices)]
    staging, canary = devices // 10, devices // 10 + devices * 9 // 200
    parts = {"staging": names[:staging], "canary": names[staging:canary], "everyone": names[canary:]}
    return Plan(
        project="shop",
        strategy="default",
        kind=Kind.DEPLOY,
        components={"nginx": PlannedComponent("sha256:change")},
        devices={name: PlannedDevice("sha256:reach", {"nginx": NEW}, 60) for name in names},
        waves=tuple(
            PlannedWave(name, "", tuple(members), soak=60, health=("serves",), parallel=1_000)
            for name, members in parts.items()
        ),
        before={name: {"nginx": OLD} for name in names},
    )


def roll_out(devices: int) -> float:
    """Seconds of processor time for one rollout of so many devices."""
    clock, plan = VirtualClock(), a_plan(devices)
    fleet = {name: Device(name, name, "simulated", options={"latency": 0.1}) for name in plan.devices}
    driver = SimulatedDriver(base=Path(), clock=clock, fleet=SimulatedFleet(clock, {"nginx": OLD}))
    journal = Journal(plan, clock)
    job = Job(
        plan=plan,
        family="shop.default-1.",
        scope="audit",
        owner="bench",
        devices=fleet,
        loads=lambda _device: (Load("nginx", OLD, NEW, Artifact("files", ())),),
        fill=lambda _mark: b"",
        drivers={"simulated": driver},
        probers={"command": CommandProber(clock=clock, environ={})},
        probes={"serves": PROBE},
    )
    began = time.process_time()
    outcome = asyncio.run(Engine(job, journal, journal.record, Spool(), clock).run())
    took = time.process_time() - began
    ended = outcome.progress.ended
    if ended is None or ended.result is not Result.SUCCEEDED:
        raise AssertionError(f"the rollout ended {ended}")
    return took


def measure() -> list[Row]:
    roll_out(FEW)  # what is done once is not counted
    few, many = zip(*((roll_out(FEW), roll_out(MANY)) for _ in range(ROUNDS)), strict=True)
    best = min(many)
    growth = (best / MANY) / (min(few) / FEW)
    return [
        {
            "name": f"engine: {MANY:,} simulated devices, all waves",
            "unit": "s of CPU",
            "ours": round(best, 2),
            "peer": None,
            "ratio": None,
            "bar": SECONDS,
            "holds": best < SECONDS,
        },
        {
            "name": f"engine: per device at {MANY:,}, against {FEW:,}",
            "unit": "ms of CPU",
            "ours": round(best / MANY * 1000, 3),
            "peer": round(min(few) / FEW * 1000, 3),
            "ratio": round(growth, 2),
            "bar": GROWTH,
            "holds": growth <= GROWTH,
        },
    ]
