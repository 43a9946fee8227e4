"""What the device program costs per device with the local driver, beside a bare script: copy, then a command."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from row import Row
from tidegate.clock import SystemClock
from tidegate.drivers.local import LocalDriver
from tidegate.model.answer import Answer, At, Ended, Placed
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Load, Stage

DEVICES = 20
ROUNDS = 5
CONTENT = b"worker_connections 8192;\n" * 160
"""4,000 bytes."""
ARTIFACT = Artifact("files", (Entry("/etc/app.conf", "0644", "root", "root", (CONTENT,)),))
ACTIVATE = 'cp "$TIDEGATE_ROOT/etc/app.conf" "$TIDEGATE_ROOT/loaded"'
TRACED = "TIDEGATE_BENCH_TRACED"


def measure() -> list[Row]:
    ours, bare = _interleaved()
    return [
        {
            "name": "device: stage, apply, read back; confirm",
            "unit": "ms of CPU",
            "ours": round(ours * 1000, 1),
            "peer": round(bare * 1000, 1),
            "ratio": round(ours / bare, 1),
            "bar": None,
            "holds": True,
        },
        _programs(),
    ]


def _interleaved() -> tuple[float, float]:
    """Medians, seconds of CPU per device, children included."""
    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        for number in range(ROUNDS):
            top = Path(folder) / str(number)
            times[0].append(_cpu(lambda top=top: asyncio.run(_ours(top / "ours", DEVICES))) / DEVICES)  # type: ignore[misc]
            times[1].append(_cpu(lambda top=top: _bare(top / "bare")) / DEVICES)  # type: ignore[misc]
    return statistics.median(times[0]), statistics.median(times[1])


def _cpu(work: Callable[[], None]) -> float:
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def _ours(top: Path, devices: int) -> None:
    driver = LocalDriver(base=top, clock=SystemClock())
    for number in range(devices):
        name = f"d{number}"
        root = top / name
        (root / "etc").mkdir(parents=True)
        device = Device(name, name, "local", options={"root": name})
        address = Address("bench", 1, "shop.default-1.1")
        load = Load("app", "none", ARTIFACT.digest, ARTIFACT, activate=(ACTIVATE,))
        answers: Sequence[Answer] = ()
        for verbs in ((Stage((load,)), Apply(140), Inspect(("app",))), (Confirm(),)):
            answers = await driver.ask(device, address, verbs, fill=_no_secret, deadline=30.0)
            if isinstance(verbs[0], Stage) and answers[1] != Ended(0):
                raise AssertionError(f"it was not applied: {answers}")
        if tuple(answers) != (Placed(At.CONFIRMED),):
            raise AssertionError(f"it was not confirmed: {answers}")
        if (root / "loaded").read_bytes() != CONTENT:
            raise AssertionError("it was not activated")
    await driver.close()


def _no_secret(mark: Mark) -> bytes:
    raise AssertionError(mark.secret)


def _bare(top: Path) -> None:
    """What people write by hand: a backup, a copy, the command. No lock, no timer, no read-back."""
    for number in range(DEVICES):
        root = top / f"d{number}"
        (root / "etc").mkdir(parents=True)
        script = f"""set -e; cd {root}
cat >etc/app.conf.new; [ ! -e etc/app.conf ] || cp -p etc/app.conf etc/app.conf.bak
mv etc/app.conf.new etc/app.conf; cp etc/app.conf loaded"""
        subprocess.run(["/bin/sh", "-c", script], input=CONTENT, check=True)


def _programs() -> Row:
    """How many programs one device's rollout starts, and which."""
    row: Row = {"name": "", "unit": "programs", "ours": None, "peer": None, "ratio": None, "bar": None, "holds": True}
    if shutil.which("strace") is None:
        return {**row, "name": "device: programs started: not counted, strace is not here"}
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        trace = Path(folder) / "trace"
        words = ["strace", "-f", "-qq", "-s", "0", "-e", "trace=execve", "-o", str(trace), sys.executable, __file__]
        subprocess.run(words, check=True, env={**os.environ, TRACED: folder}, timeout=120)
        started = re.findall(r'execve\("([^"]*)".*= 0$', trace.read_text(errors="replace"), re.MULTILINE)
    kinds = Counter(Path(path).name for path in started[1:])
    said = ", ".join(f"{count} {name}" for name, count in kinds.most_common())
    return {**row, "name": f"device: programs started: {said}", "ours": sum(kinds.values())}


if __name__ == "__main__":
    asyncio.run(_ours(Path(os.environ[TRACED]) / "traced", 1))
