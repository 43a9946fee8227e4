"""Records told step by step: the events a rollout leaves, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tidegate.model.event import (
    Answered,
    Approved,
    Asked,
    Back,
    Event,
    HeldEvent,
    LeaseTaken,
    Opened,
    Rejected,
    Stepped,
    StopAsked,
    WaveJudged,
    WaveOpened,
)
from tidegate.model.plan import Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave
from tidegate.model.record import Record
from tidegate.model.segment import Head, Segment
from tidegate.model.state import HeldKind, Result, State, Step
from tidegate.rollout.ending import ended
from tidegate.rollout.machine import TRANSITIONS
from tidegate.rollout.progress import Progress, after

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
REVISION = "8be1d20c" + "0" * 32
UP = "start staged applied healthy"
"""The steps to a healthy device; `DONE` are those to a confirmed one."""
DONE = f"{UP} confirm confirmed"
_FAILING = frozenset({Step.INVALID, Step.APPLY_FAILED, Step.UNHEALTHY, Step.WENT_BACK, Step.STRANDED})
_WHY = {
    Step.INVALID: "invalid",
    Step.UNREACHED: "unreached",
    Step.APPLY_FAILED: "failed",
    Step.UNHEALTHY: "failed",
    Step.WENT_BACK: "failed",
    Step.TAKE_BACK: "back",
    Step.AGAIN: "interrupted",
    Step.SKIP: "back",
}


def a_plan(*waves: str, kind: Kind = Kind.DEPLOY, lane: str = "default", **wave: Any) -> Plan:
    """Waves as words: `canary: c1 c2`; a wave named `staging` is staging. `wave` are fields of every wave."""
    named = [(name, tuple(members.split())) for name, _, members in (text.partition(":") for text in waves)]
    devices = [device for _, members in named for device in members]
    return Plan(
        project="shop",
        strategy=lane,
        kind=kind,
        components={"nginx": PlannedComponent("sha256:change")},
        devices={name: PlannedDevice("sha256:reach", {"nginx": "sha256:new"}) for name in devices},
        waves=tuple(
            PlannedWave(**{"name": name, "leg": name, "members": members, "staging": name == "staging", **wave})
            for name, members in named
        ),
        before={name: {"nginx": "sha256:old"} for name in devices},
        revision=REVISION,
        tool="0.1.0",
    )


class Tale:
    """One rollout as it is told. Every telling takes a second."""

    def __init__(self, plan: Plan, *, rollout: str = "default-812", at: datetime = NOON, of: str = "") -> None:
        self.plan = plan
        self.rollout = rollout
        self.now = at
        self.events: list[Event] = []
        self._count = 0
        self.progress = Progress.of(plan)
        asked: dict[str, Any] = {"by": "ada"}
        kind: Literal["deploy", "rollback"] = "rollback" if plan.kind is Kind.ROLLBACK else "deploy"
        self._add(Opened, kind=kind, revision=REVISION, base="", plan=plan.digest, file="", asked=asked, of=of)
        self._add(LeaseTaken, token=self._seq, from_=0, free=True)

    @property
    def _seq(self) -> int:
        return int(self.rollout.rpartition("-")[2])

    def record(self, *, held: bool = False) -> Record:
        """As the branch has it. `held`: the lease is still held."""
        lane = f"{self.plan.project}/{self.plan.strategy}"
        head = Head(
            seq=self._seq,
            prev="",
            lane=lane,
            rollout=self.rollout,
            n=1,
            held=held,
            token=self._seq,
            holder="host:laptop/1/42/7",
            by="ada",
            tool="0.1.0",
            at=f"{self.now:%Y-%m-%dT%H:%M:%S.000Z}",
        )
        return Record(lane, self.rollout, self.plan, (Segment(head, tuple(self.events), "1.jsonl", ""),))

    def wait(self, seconds: float) -> Tale:
        self.now += timedelta(seconds=seconds)
        return self

    def wave(self, name: str) -> Tale:
        members = next(wave.members for wave in self.plan.waves if wave.name == name)
        return self._add(WaveOpened, wave=name, members=members)

    def go(self, devices: str, steps: str, *, text: str = "", why: str = "", failed: bool = False) -> Tale:
        """These devices take these steps, one after another; `text`, `why` and `failed` belong to the last step."""
        words = steps.split()
        for device in devices.split():
            for word in words[:-1]:
                self._step(device, Step(word))
            self._step(device, Step(words[-1]), text=text, why=why, failed=failed)
        return self

    def fail(self, devices: str, text: str = "serves: HTTP 502") -> Tale:
        """Switched, unhealthy, and back where they were."""
        return self.go(devices, "start staged applied unhealthy", text=text).go(devices, "reverted", why="failed")

    def judge(self, verdict: str = "pass", row: int = 13, reason: str = "", bound: str = "0.95") -> Tale:
        progress = self.progress
        wave, tally = self.plan.waves[progress.wave], progress.tallies[progress.wave]
        return self._add(
            WaveJudged,
            wave=wave.name,
            verdict=verdict,
            row=row,
            reason=reason,
            n=tally.planned,
            u=tally.unreached,
            f=tally.failed,
            s=tally.healthy,
            d=tally.undecided,
            allowed=wave.allowed,
            llr="0",
            bound=bound,
            devices=tuple(name for name in wave.members if progress.devices[name].failed)[:50],
            text=f"{wave.name}: {reason}",
        )

    def passes(self, name: str) -> Tale:
        """A whole wave without a flaw."""
        members = " ".join(next(wave.members for wave in self.plan.waves if wave.name == name))
        return self.wave(name).go(members, UP).judge().go(members, "confirm confirmed")

    def back(self, reason: str, scope: str = "wave") -> Tale:
        progress = self.progress
        wave = self.plan.waves[progress.wave].name if progress.wave >= 0 else ""
        return self._add(Back, scope=scope, wave=wave, reason=reason)

    def ask(self, wave: str, count: int = 1, environment: str = "", people: tuple[str, ...] = ()) -> Tale:
        return self._add(Asked, ask=self._seq, wave=wave, environment=environment or wave, count=count, people=people)

    def approve(self, by: str) -> Tale:
        ask = self.progress.ask
        assert ask is not None
        return self._add(Approved, ask=ask.ask, wave=ask.wave, plan=self.plan.digest, by=by)

    def reject(self, by: str, why: str) -> Tale:
        ask = self.progress.ask
        assert ask is not None
        return self._add(Rejected, ask=ask.ask, wave=ask.wave, plan=self.plan.digest, by=by, why=why)

    def stop(self, by: str, why: str, then: str = "back") -> Tale:
        return self._add(StopAsked, by=by, then=then, why=why)

    def hold(self, kind: HeldKind, text: str = "", until: datetime | None = None) -> Tale:
        progress = self.progress
        wave = self.plan.waves[progress.wave].name if progress.wave >= 0 else ""
        return self._add(HeldEvent, hold=self._seq + 5, kind=kind, wave=wave, text=text, until=until)

    def answer(self, by: str, answer: str, why: str) -> Tale:
        hold = self.progress.hold
        assert hold is not None
        return self._add(Answered, hold=hold.hold, by=by, answer=answer, why=why)

    def end(self, result: Result | None = None) -> Tale:
        """The last event, as the real decider would write it."""
        self._tick()
        return self._tell(ended(self.progress, self.now, "told", self._count, result))

    def take_over(self, token: int) -> Tale:
        return self._add(LeaseTaken, token=token, from_=self._seq, free=False)

    def _step(self, device: str, step: Step, *, text: str = "", why: str = "", failed: bool = False) -> None:
        standing = self.progress.devices[device]
        state = TRANSITIONS[standing.state, step]
        self._add(
            Stepped,
            d=device,
            a=standing.attempt + (step is Step.AGAIN),
            s=step,
            to=state,
            why=why or _WHY.get(step, ""),
            failed=failed or step in _FAILING,
            runs=_runs(state),
            text=text,
        )

    def _add(self, word: type[Any], /, **fields: Any) -> Tale:
        self._tick()
        return self._tell(word(at=self.now, o="told", k=self._count, **fields))

    def _tick(self) -> None:
        self._count += 1
        self.now += timedelta(seconds=1)

    def _tell(self, event: Event) -> Tale:
        self.events.append(event)
        self.progress = after(self.progress, event)
        return self


def _runs(state: State) -> Mapping[str, str]:
    if state in (State.SOAKING, State.CONFIRMED, State.NOOP):
        return {"nginx": "sha256:new"}
    return {"nginx": "sha256:old"} if state in (State.REVERTED, State.APPLYING) else {}
