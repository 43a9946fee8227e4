"""Templates, rendered in a child that may run out of time or space without harm to us."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tidegate.child import MIB, End, Ended, run
from tidegate.errors import TidegateError
from tidegate.model.project import Project
from tidegate.project.limits import CPU_SECONDS
from tidegate.project.work import Job, work_for

Answer: TypeAlias = Mapping[str, Any]
"""What the child said of a job: `{"parts": [...]}`, or `{"rule", "message", "file", "line"}`."""

_START = "import sys; sys.path.insert(0, sys.argv[1]); from tidegate.project.render_child import main; main()"
_ALL_SECONDS = 600.0
_ALL_OUTPUT = 512 * MIB
_STOPPED = (-signal.SIGPROF, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)


def answers(
    project: Project, texts: Mapping[str, Mapping[str, str]], jobs: Sequence[Job]
) -> dict[tuple[str, str, str], Answer]:
    """Answers by (device, component, path). A template that stops the child is asked for no other device."""
    found: dict[tuple[str, str, str], Answer] = {}
    left = list(jobs)
    while left:
        ended = _ask(project, texts, left)
        lines = ended.stdout.split(b"\n")[:-1]
        found.update({job.key: json.loads(line) for job, line in zip(left, lines, strict=False)})
        left = left[len(lines) :]
        if left:
            culprit = left[0]
            found[culprit.key] = _blame(culprit, ended)
            left = [job for job in left if (job.component, job.path) != (culprit.component, culprit.path)]
    return found


def _ask(project: Project, texts: Mapping[str, Mapping[str, str]], jobs: Sequence[Job]) -> Ended:
    wanted = {job.component for job in jobs}
    work = work_for(project, {name: found for name, found in texts.items() if name in wanted}, jobs)
    return run(
        [sys.executable, "-I", "-c", _START, str(Path(__file__).parents[2])],
        timeout=_ALL_SECONDS,
        environ={},
        input=json.dumps(work).encode(),
        limit=_ALL_OUTPUT,
    )


def _blame(job: Job, ended: Ended) -> Answer:
    """Why the child stopped at this job. TidegateError where it was no fault of the template."""
    if ended.end is End.ENDED and ended.code not in _STOPPED:
        said = ended.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {ended.code}"]
        raise TidegateError(f"the child that renders templates failed: {said[-1]}", hint="This is a bug in Tidegate.")
    wrong = f"it does not end: stopped after {CPU_SECONDS} s of processor time"
    if ended.end is End.TOO_MUCH:
        wrong = f"all texts together are more than {_ALL_OUTPUT // MIB} MiB"
    elif ended.code not in (-signal.SIGPROF, -signal.SIGKILL):
        wrong = "it brought the child down that rendered it"
    return {"rule": "template-runs-away", "message": wrong, "file": job.path, "line": 1}
