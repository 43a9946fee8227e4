"""Who holds a lease: a process of a machine, or a job of a workflow; and who may take its place at once."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tidegate.model.run import Run

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ENDED = frozenset("ZX")
_JOB = re.compile(r"gh:([0-9]+)/([0-9]+)/.*")


@dataclass(frozen=True, slots=True)
class Holder:
    """`text` stands in the lease, `by` is the person or login beside it."""

    text: str
    by: str


def this_process(by: str) -> Holder:
    """This process, as `host:<boot id>/<pid namespace>/<pid>/<start>`; where the machine has no /proc the first two
    are `-`, and nobody can tell whether it lives."""
    pid = os.getpid()
    return Holder(f"host:{_boot()}/{_namespace()}/{pid}/{_start(pid)}", by)


def this_job(run: Run, by: str) -> Holder:
    """This job of a workflow, as `gh:<run>/<attempt>/<job>`."""
    return Holder(f"gh:{run.number}/{run.attempt}/{run.job}", by)


def may_follow(old: str, new: str) -> bool:
    """May `new` take the place of `old` at once? A process its own; a later attempt of a run that of an earlier one,
    whose jobs GitHub has ended before. Two jobs of one attempt may both live, also where they have one name."""
    before, after = _JOB.fullmatch(old), _JOB.fullmatch(new)
    if before is None or after is None:
        return old == new
    return before[1] == after[1] and int(before[2]) < int(after[2])


def is_gone(text: str) -> bool:
    """Is the process that this text names certainly gone? Only for one of this boot and this namespace can that be
    told; a process of another person is there if the system says that it is."""
    kind, _, rest = text.partition(":")
    parts = rest.split("/")
    if kind != "host" or len(parts) != 4 or not parts[2].isdecimal():
        return False
    boot, namespace, pid, start = parts
    if "-" in (boot, namespace) or (boot, namespace) != (_boot(), _namespace()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    now = _stat(int(pid))
    return now is not None and (now[0] in _ENDED or now[1] != start)


def _boot() -> str:
    return _BOOT.read_text().strip() if _BOOT.is_file() else "-"


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return "-"


def _start(pid: int) -> str:
    stat = _stat(pid)
    return "-" if stat is None else stat[1]


def _stat(pid: int) -> tuple[str, str] | None:
    """State and start time (ticks after boot) of a process; None where that cannot be seen."""
    try:
        # The name, in parentheses, may hold anything: count from the last one.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], fields[19]
