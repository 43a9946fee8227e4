"""The one writer of checks: it never stalls or fails a rollout, and counts what it could not say."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from tidegate.clock import Clock
from tidegate.github.budget import Bucket, Budget, Chosen, Level, Rank, Scale, choose, full, rung
from tidegate.github.check_runs import Check, CheckRun
from tidegate.github.client import Client
from tidegate.github.trouble import BadToken, Forbidden, GitHubError

_LOG = logging.getLogger(__name__)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Losses:
    """Checks that could not be written, and the last reason; checks that the level leaves out are none."""

    count: int
    why: str


@dataclass(slots=True)
class _Wanted:
    check: Check
    rank: Rank
    tries: int = 0


class Writer:
    """`say` puts a check in line and returns at once; of one check only the newest words wait.

    `start` it, and `finish` it in the end. Checks that are on the commit already, from a job before, are updated and
    not made again.
    """

    def __init__(self, client: Client, head: str, clock: Clock, scale: Scale, budget: Budget = Budget()) -> None:
        self._client, self._head, self._clock = client, head, clock
        self._scale, self._budget = scale, budget
        self._bucket: Bucket = full(budget, clock.monotonic())
        self._waiting: dict[str, _Wanted] = {}
        self._made: dict[str, CheckRun] | None = None
        self._sent: dict[str, tuple[float, Check]] = {}
        self._devices: set[str] = set()
        self._something = asyncio.Event()
        self._work: asyncio.Future[None] | None = None
        self._ending = self._refused = False
        self._lost, self._why = 0, ""
        self.chosen = choose(scale, budget, self._bucket.hour, client.allowance)

    @property
    def losses(self) -> Losses:
        return Losses(self._lost, self._why)

    def say(self, check: Check, rank: Rank) -> None:
        """For a listener: it does not wait. A device's check that the level leaves out is dropped; others may wait for
        the end."""
        if rank > Rank.WAVE:
            if not self._is_shown(check.key, rank):
                return
            self._devices.add(check.key)
        former = self._waiting.pop(check.key, None)
        self._waiting[check.key] = _Wanted(check, min(rank, former.rank) if former else rank)
        self._something.set()

    def start(self) -> None:
        """Begin to write, in the running event loop; `finish` must follow."""
        self._work = asyncio.ensure_future(self._run())

    async def finish(self, seconds: float) -> Losses:
        """The last words, those of the rollout and its waves also from the reserve; within so many seconds.

        A write on its way is not cut off before: nobody would know whether it was done.
        """
        work = self._work or asyncio.ensure_future(self._run())
        self._ending = True
        self._something.set()
        over = asyncio.ensure_future(self._clock.sleep(seconds))
        await asyncio.wait((work, over), return_when=asyncio.FIRST_COMPLETED)
        for task in (work, over):
            task.cancel()
        for result in await asyncio.gather(work, over, return_exceptions=True):
            if isinstance(result, Exception):
                _LOG.error("the writer of checks has a fault", exc_info=result)
                self._lose(1, f"a fault of Tidegate's own: {type(result).__name__}")
        if self._waiting:
            self._lose(len(self._waiting), f"there was no time for them in {seconds:.0f} s")
            self._waiting.clear()
        return self.losses

    async def _run(self) -> None:
        while True:
            self._something.clear()
            pause = await self._step()
            if pause is not None:
                await self._pause(pause)
            elif self._ending:
                return
            else:
                await self._something.wait()

    async def _step(self) -> float | None:
        """Write the next one that is due; seconds until the next step, None where nothing waits."""
        shown = {key: wanted for key, wanted in self._waiting.items() if self._is_shown(key, wanted.rank)}
        if not shown:
            return None
        now = self._clock.monotonic()
        self._bucket = self._bucket.filled(self._budget, now)
        pause = self._bucket.wait(self._budget)
        if pause > 0:
            return pause
        due = {key: self._due(key, wanted, now) for key, wanted in shown.items()}
        key = min(due, key=lambda key: (due[key] > 0, due[key], self._waiting[key].rank))
        if due[key] > 0:
            return due[key]
        await self._write(key)
        return 0.0

    def _due(self, key: str, wanted: _Wanted, now: float) -> float:
        """An update waits for its turn, unless it is the last word."""
        if key not in self._sent or wanted.check.conclusion is not None or self._ending:
            return 0.0
        return max(0.0, self._sent[key][0] + self._budget.every - now)

    async def _write(self, key: str) -> None:
        wanted = self._waiting.pop(key)
        if key in self._sent and self._sent[key][1] == wanted.check:
            return
        self._bucket = self._bucket.less()
        try:
            made = await self._known()
            run = made.get(key)
            checks = self._client.checks
            made[key] = (
                await checks.create(self._head, wanted.check) if run is None else await checks.update(run, wanted.check)
            )
            self._sent[key] = (self._clock.monotonic(), wanted.check)
        except (Forbidden, BadToken) as error:
            self._waiting.setdefault(key, wanted)
            self._give_up(f"{error.message}; checks need `checks: write`")
        except GitHubError as error:
            self._failed(key, wanted, error.message)
        except asyncio.CancelledError:
            self._waiting.setdefault(key, wanted)
            raise
        else:
            self._choose()

    async def _known(self) -> dict[str, CheckRun]:
        """Ours that are on the commit already; asked once. Of one key the newest."""
        if self._made is None:
            found = [run async for run in self._client.checks.on(self._head)]
            ours = [run for run in found if run.key.startswith("tidegate:")]
            self._made = {run.key: run for run in sorted(ours, key=lambda run: run.id)}
        return self._made

    def _failed(self, key: str, wanted: _Wanted, why: str) -> None:
        """It may go better later; newer words of the same check have come in its place."""
        wanted.tries += 1
        if key in self._waiting:
            return
        if wanted.tries < _TRIES:
            self._waiting[key] = wanted
        else:
            self._lose(1, why)

    def _give_up(self, why: str) -> None:
        """A token that may not write will not write later."""
        self._refused = True
        self.chosen = Chosen(Level.NONE, why)
        self._lose(len(self._waiting), why)
        self._waiting.clear()

    def _lose(self, number: int, why: str) -> None:
        self._lost, self._why = self._lost + number, why

    def _choose(self) -> None:
        """After every answer; the ladder is only gone down."""
        told = sum(key in self._sent for key in self._devices)
        left = Scale(self._scale.waves, max(0, self._scale.devices - told), self._scale.canaries)
        now = choose(left, self._budget, self._bucket.hour, self._client.allowance)
        if now.level < self.chosen.level:
            self.chosen = now
            for key, wanted in list(self._waiting.items()):
                if wanted.rank > Rank.WAVE and not self._is_shown(key, wanted.rank):
                    del self._waiting[key]

    def _is_shown(self, key: str, rank: Rank) -> bool:
        """At the end the reserve is there for the last words of the rollout and its waves."""
        if rank <= Rank.WAVE:
            return not self._refused and (self._ending or rung(rank) <= self.chosen.level)
        room = key in self._devices or len(self._devices) < self._budget.devices
        return rung(rank) <= self.chosen.level and room

    async def _pause(self, seconds: float) -> None:
        """Until then, or until there is something new."""
        if seconds <= 0:
            return
        alarm = self._clock.later(seconds, self._something.set)
        try:
            await self._something.wait()
        finally:
            alarm.cancel()
