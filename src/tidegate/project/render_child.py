"""The child that renders templates: plain values in, parts of texts out, within limits of time and space.

A job is written out as soon as it is done: a child that was killed has said which template it was at.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from typing import Any

from tidegate.project.limits import CPU_SECONDS, MEMORY, OUTPUT
from tidegate.project.marked import Misused
from tidegate.project.probe_address import PROBES, Unfilled
from tidegate.project.probe_value import fill
from tidegate.project.sandbox import Workshop


def main() -> None:
    """Reads the work from stdin, answers one line of JSON for each job, in order."""
    work = json.loads(sys.stdin.buffer.read())
    workshops = {
        name: Workshop(component, work["devices"], work["files"], work["secrets"])
        for name, component in work["components"].items()
    }
    _limit()
    for job in work["jobs"]:
        # Ends the process even in the middle of a long multiplication; time that others take does not count.
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        _write(_render(work, workshops, job))


def _render(work: Mapping[str, Any], workshops: Mapping[str, Workshop], job: Mapping[str, Any]) -> bytes:
    path, device = job["path"], job["device"]
    try:
        if job["component"] == PROBES:
            return _line({"parts": [fill(work["probes"][path], work["devices"][device])]})
        return _line({"parts": workshops[job["component"]].render(path, device, job["vars"], OUTPUT)})
    except Unfilled as error:
        return _line({"rule": "template-error", "message": str(error), "file": path, "line": 1})
    except Misused as error:
        return _line({"rule": error.rule, "message": error.message, "file": error.file, "line": error.line})
    except MemoryError:
        wrong = f"it needs more than {MEMORY >> 20} MiB of memory"
        return _line({"rule": "template-runs-away", "message": wrong, "file": path, "line": 1})


def _line(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _write(line: bytes) -> None:
    while line:
        line = line[os.write(sys.stdout.fileno(), line) :]


def _limit() -> None:
    """No more than MEMORY beside what is in use now; no files, no core."""
    most = _in_use() + MEMORY
    for what, bound in ((resource.RLIMIT_AS, most), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (bound, bound))


def _in_use() -> int:
    """Bytes of address space; where the system has no /proc, as much as was ever resident."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - pathlib is not needed here otherwise
            return int(file.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
