"""`make kills`: SIGKILL rollouts over local devices at random moments, take each up again, and look at what is there.

A rollout is killed once or twice (attempts are three), its successor has the same memory or none, as if on another
machine. It ends with `kills=N in_between=M failed=J`: `in_between` counts devices that hold neither the whole old nor
the whole new change, or not what their activation loaded; `failed` counts rollouts that did not end as if nobody had
been killed. Exit code 1 unless both are 0. The same seed draws the same delays; what they meet is the machine's.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from team import COMPONENT, Team

WORKERS = 2
PRODUCTION = 4
LONGEST = 120.0
WARM_UP = 3
TWO_FILES = COMPONENT.replace(
    "{/etc/app.conf: files/app.conf.j2}", "{/etc/app.conf: files/app.conf.j2, /etc/app.d/: files/d}"
)


@dataclass(frozen=True)
class Count:
    """What came of it."""

    kills: int = 0
    in_between: int = 0
    failed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.kills + other.kills, self.in_between + other.in_between, self.failed + other.failed)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    asked = parser.parse_args()
    print(f"seed={asked.seed}", flush=True)
    shares = [asked.n // WORKERS + (number < asked.n % WORKERS) for number in range(WORKERS)]
    with tempfile.TemporaryDirectory(prefix="tidegate-kills-") as folder, ProcessPoolExecutor(WORKERS) as pool:
        tops = [Path(folder) / str(number) for number in range(WORKERS)]
        seeds = [asked.seed + number for number in range(WORKERS)]
        count = sum(pool.map(play, tops, seeds, shares), Count())
    print(f"kills={count.kills} in_between={count.in_between} failed={count.failed}")
    return 1 if count.in_between or count.failed or count.kills < asked.n else 0


def play(top: Path, seed: int, kills: int) -> Count:
    """One worker's part."""
    return Worker(top, random.Random(seed)).work(kills)


class Worker:
    """One team whose rollouts are killed, one after another."""

    def __init__(self, top: Path, chance: random.Random) -> None:
        self._chance = chance
        self._team = Team(top, production=PRODUCTION)
        self._team.write("components/app/component.yaml", TWO_FILES)
        self._team.write("components/app/files/d/one.j2", "one of {{ vars.version }}\n")
        self._team.push("two files")
        self._version = 1
        self._places = 0

    def work(self, kills: int) -> Count:
        assert self._team.tidegate("audit", "init").code == 0
        assert self._finish(self._start("deploy")) == 0
        usual = statistics.median(self._unkilled() for _ in range(WARM_UP))
        count = Count()
        while count.kills < kills:
            count += self._kill_one(min(2, kills - count.kills), usual)
        return count

    def _unkilled(self) -> float:
        self._next()
        begun = time.monotonic()
        assert self._finish(self._start("deploy")) == 0
        return time.monotonic() - begun

    def _next(self) -> None:
        self._version += 1
        self._team.version(self._version)

    def _kill_one(self, kills: int, usual: float) -> Count:
        """One rollout: killed so often, or until it was quicker than its killer."""
        self._next()
        words, done = ("deploy",), 0
        for _ in range(kills):
            running = self._start(*words, elsewhere=self._chance.random() < 0.5)
            if not self._kill(running, self._chance.uniform(0, usual)):
                break
            done += 1
            words = ("resume",) if self._is_open() else ("deploy",)
        code = self._finish(self._start(*words, elsewhere=self._chance.random() < 0.5)) if self._is_left() else 0
        wrong = self._in_between()
        failed = code != 0 or self._blames_somebody()
        if wrong or failed:
            self._tell(code, wrong)
        return Count(done, len(wrong), int(failed))

    def _start(self, *words: str, elsewhere: bool = False) -> subprocess.Popen[str]:
        self._places += elsewhere
        state = {"TIDEGATE_STATE": str(self._team.top / f"elsewhere-{self._places}")} if elsewhere else {}
        return self._team.start(*words, environ=state)

    def _kill(self, running: subprocess.Popen[str], after: float) -> bool:
        """Was it still there to be killed?"""
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return running.returncode == -signal.SIGKILL

    def _finish(self, running: subprocess.Popen[str]) -> int:
        self._said = "\n".join(running.communicate(timeout=LONGEST))
        return running.returncode

    def _is_open(self) -> bool:
        return '"ended": null' in self._team.tidegate("status", "--format", "json").out

    def _is_left(self) -> bool:
        """Is there anything more to do: a rollout that has not ended, or none that began?"""
        return self._is_open() or self._team.tidegate("plan", "--format", "json").json["covered"]["devices"] != {}

    def _in_between(self) -> list[str]:
        """Devices that do not hold all of the new version, or have not loaded it."""
        wanted = {"etc/app.conf": f"version {self._version}\n", "etc/app.d/one": f"one of {self._version}\n"}
        wanted["run/app"] = wanted["etc/app.conf"]
        return [
            name
            for name in self._team.names
            if any((self._team.root(name) / path).read_text(encoding="utf-8") != text for path, text in wanted.items())
        ]

    def _blames_somebody(self) -> bool:
        newest = self._team.tidegate("status", "--format", "json").json["shop/default"]
        return newest["result"] != "succeeded" or any(device["failed"] for device in newest["devices"].values())

    def _tell(self, code: int, wrong: list[str]) -> None:
        newest = self._team.tidegate("status", "--format", "json").json["shop/default"]["rollout"]
        story = self._team.tidegate("audit", "show", newest).out
        print(f"\nexit {code}, in between: {wrong}\n{self._said}\n{story}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
