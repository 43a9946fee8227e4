"""What GitHub is told of a rollout that a job works on; where no job works, nothing. It never fails, nor holds up."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.app.carrying.hub import hub
from tidegate.app.ground.actor import Actor
from tidegate.audit.held import Held
from tidegate.engine.job import Listener
from tidegate.escape import line, markdown
from tidegate.model.canonical import canonical
from tidegate.model.record import Record
from tidegate.rollout.progress import Progress

if TYPE_CHECKING:
    from tidegate.app.carrying.checks import Checks
    from tidegate.github.writer import Writer

LAST_WORDS = 240.0
"""Seconds that what waits in the end may take; the lease is free by then, and nobody waits for it."""
SHORTLY = 30.0
"""The same where other jobs wait for this one."""
QUICKLY = 1.5
"""The same for a job that was told to end: GitHub kills it ten seconds later."""
RESULTS = "results.jsonl"


class Reports:
    """`listeners` for the engine. `hurry`: the job was told to end."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.hurry = False


@asynccontextmanager
async def reporting(who: Actor, held: Held, most: int) -> AsyncIterator[Reports]:
    """For the time of a job: checks on the commit, `most` of devices; in the end all results in the workspace."""
    reports = Reports()
    async with hub(who.world) as github:
        if github is None:
            yield reports
            return
        from tidegate.app.carrying.checks import Checks, scale
        from tidegate.github.budget import Budget
        from tidegate.github.writer import Writer

        plan = held.record().plan
        writer = Writer(github, plan.revision, who.world.clock, scale(plan), Budget(devices=most))
        checks = Checks(writer, who.world.clock, held.record)
        reports.listeners.append(checks)
        writer.start()
        try:
            yield reports
        finally:
            _last_words(who, checks)
            await writer.finish(QUICKLY if reports.hurry else LAST_WORDS)
            _say_what_is_missing(who, writer)
            _write_results(who, held.record())


def _last_words(who: Actor, checks: Checks) -> None:
    try:
        checks.leave()
    except Exception as error:  # noqa: BLE001 - the rollout is over; what is wrong with its report is only said
        who.world.tell(line(f"The last check could not be made: {type(error).__name__}: {error}"))


async def report_once(who: Actor, record: Record) -> None:
    """The rollout's own check, where no engine runs: it was opened, held, or ended without a device."""
    async with hub(who.world) as github:
        if github is None:
            return
        from tidegate.app.carrying.checks import scale
        from tidegate.github.budget import Rank
        from tidegate.github.checks import rollout_check
        from tidegate.github.writer import Writer

        writer = Writer(github, record.plan.revision, who.world.clock, scale(record.plan))
        writer.say(rollout_check(record, who.world.clock.now()), Rank.ROLLOUT)
        await writer.finish(SHORTLY)
        _say_what_is_missing(who, writer)


def _say_what_is_missing(who: Actor, writer: Writer) -> None:
    """What GitHub does not show, and why; nothing where it shows all there is."""
    from tidegate.github.budget import said

    losses, parts = writer.losses, []
    if writer.chosen.why:
        parts.append(f"Checks on the commit: {line(said(writer.chosen))}")
    if losses.count and losses.why != writer.chosen.why:
        parts.append(f"{losses.count} checks could not be written: {line(losses.why)}.")
    if not parts:
        return
    text = " ".join(parts) + f" All results: {RESULTS}, and tidegate audit show."
    who.world.tell(text)
    who.world.summary(lambda: markdown(text, len(text)))


def results(record: Record) -> Iterator[bytes]:
    """One line of canonical JSON for each device of the plan."""
    progress = Progress.of(record.plan, record.events)
    for name, planned in sorted(record.plan.devices.items()):
        standing = progress.devices[name]
        yield canonical(
            {
                "device": name,
                "wave": record.plan.waves[record.plan.wave_of[name]].name,
                "state": standing.state.value,
                "attempt": standing.attempt,
                "failed": standing.failed,
                "why": standing.why,
                "text": standing.text,
                "from": dict(record.plan.before.get(name, {})),
                "to": dict(planned.to),
                "rollout": record.rollout,
                "plan": record.plan.digest,
            }
        )


def _write_results(who: Actor, record: Record) -> None:
    """Into the workspace, for a later step to keep. A link that lies there is replaced, never followed."""
    folder = who.world.environ.get("GITHUB_WORKSPACE", "")
    if not folder or not Path(folder).is_dir():
        return
    try:
        with tempfile.NamedTemporaryFile("wb", dir=folder, prefix=f".{RESULTS}-", delete=False) as file:
            file.write(b"".join(result + b"\n" for result in results(record)))
        Path(file.name).chmod(0o644)
        Path(file.name).replace(Path(folder) / RESULTS)
    except OSError as error:
        who.world.tell(f"{RESULTS} could not be written: {error.strerror}. The record has all of it.")
