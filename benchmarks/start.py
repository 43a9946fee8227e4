"""How long the command line takes to answer, beside Python itself, and what `import tidegate` must not bring along."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from row import Row
from yardstick import slowness

ROUNDS = 21
MORE_THAN_PYTHON = 0.150
"""Seconds."""
HEAVY = ("github", "asyncssh", "regorus")
EVERY_COMMAND = "from tidegate.cli.main import cli; [cli.get_command(None, name) for name in cli.list_commands(None)]"


def measure() -> list[Row]:
    python, ours = _interleaved([sys.executable, "-c", "pass"], [sys.executable, "-m", "tidegate", "--help"])
    bar = MORE_THAN_PYTHON * slowness()
    brought = _brought_along("import tidegate") | _brought_along(EVERY_COMMAND)
    return [
        {
            "name": "start: tidegate --help, more than python -c pass",
            "unit": "s",
            "ours": round(ours - python, 4),
            "peer": round(python, 4),
            "ratio": round(ours / python, 2),
            "bar": round(bar, 3),
            "holds": ours - python < bar,
        },
        {
            "name": f"start: of {', '.join(HEAVY)} imported: {', '.join(sorted(brought)) or 'none'}",
            "unit": "modules",
            "ours": len(brought),
            "peer": None,
            "ratio": None,
            "bar": 0,
            "holds": not brought,
        },
    ]


def _interleaved(first: list[str], second: list[str]) -> tuple[float, float]:
    """Medians, seconds. Turn by turn, so that a busy moment of the machine meets both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for command, taken in zip((first, second), times, strict=True):
            begun = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.perf_counter() - begun)
    return statistics.median(times[0]), statistics.median(times[1])


def _brought_along(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*(set({HEAVY!r}) & set(sys.modules)))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
