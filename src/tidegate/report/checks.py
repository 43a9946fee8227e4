"""A rollout, a wave and a device as checks on the commit: a title, and Markdown below it, as much as GitHub takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate import escape
from tidegate.model.state import State
from tidegate.report.account import Account, fallen
from tidegate.report.held import waiting
from tidegate.report.people import clock, count
from tidegate.report.waves import glances
from tidegate.rollout.progress import Progress

LIMIT = 60_000
"""Characters of a summary; GitHub takes 65,535."""
ROWS = 1200
"""Devices that a wave's check lists, those that failed first."""
GOOD = frozenset({State.SUCCEEDED, State.CONFIRMED, State.NOOP})
_WORD = {State.CONFIRMED: "confirmed", State.SUCCEEDED: "confirmed", State.NOOP: "ran it already"}


@dataclass(frozen=True, slots=True)
class Words:
    """Harmless already: a title in plain words, a summary in Markdown."""

    title: str
    summary: str


def rollout_words(rollout: str, progress: Progress, account: Account, now: datetime, note: str = "") -> Words:
    """Of all of it: the sums, its waves, the devices that do not have the change. `note`: what is left out."""
    waves = [(wave.mark, wave.name, wave.ratio, wave.words) for wave in glances(progress, account, now)]
    title = counted(progress, progress.devices)
    if progress.ended is not None:
        said = f"{progress.ended.result}: {progress.ended.reason}"
    else:
        said = f"{rollout} goes on{waiting(progress)}"
    parts = [
        escape.markdown(said, LIMIT),
        _table(("", "wave", "healthy", ""), waves),
        _devices(progress, account, fallen(progress, account)),
        escape.markdown(note),
        f"All of it, event by event: `tidegate audit show {rollout}`. Plan `{progress.plan.digest}`.",
    ]
    return Words(escape.line(title), _fitting(parts))


def wave_words(index: int, progress: Progress, account: Account, now: datetime) -> Words:
    """Of one wave: what it is about, and each of its devices, those first that do not have the change."""
    wave, glance = progress.plan.waves[index], glances(progress, account, now)[index]
    lost = [name for name in fallen(progress, account) if progress.plan.wave_of[name] == index]
    good = [name for name in wave.members if name not in set(lost)]
    judged = account.judged.get(wave.name)
    parts = [
        escape.markdown(f"{glance.mark} {wave.name} {glance.ratio}  {glance.words}", LIMIT),
        escape.markdown(judged.text, LIMIT) if judged is not None else "",
        _devices(progress, account, [*lost, *good]),
    ]
    return Words(escape.line(counted(progress, wave.members)), _fitting(parts))


def device_words(name: str, progress: Progress, account: Account, timeline: Sequence[str]) -> Words:
    """Of one device: how it ended, why, what happened when, and which digests it ran and runs."""
    standing, cause, plan = progress.devices[name], account.causes.get(name), progress.plan
    why = (cause.text or cause.why) if cause is not None else standing.why
    title = f"{word(standing.state)}: {why}" if why else word(standing.state)
    digests = [
        (component, plan.former(name, component), target, "runs it" if standing.state in GOOD else "")
        for component, target in sorted(plan.devices[name].to.items())
    ]
    parts = [
        escape.markdown(title, LIMIT),
        escape.markdown_block("\n".join(timeline)) if timeline else "",
        _table(("component", "from", "to", ""), digests),
    ]
    return Words(escape.line(title), _fitting(parts))


def word(state: State) -> str:
    return _WORD.get(state, state.value.lower())


def counted(progress: Progress, devices: Iterable[str]) -> str:
    """`17 of 18 confirmed, 1 reverted`."""
    states = [progress.devices[name].state for name in devices]
    good = sum(state in GOOD for state in states)
    rest = [f"{states.count(state)} {word(state)}" for state in State if state not in GOOD and state in states]
    return ", ".join([f"{good} of {count(len(states), 'device')} confirmed", *rest])


def _devices(progress: Progress, account: Account, names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = _table(("device", "is", "why", "since (UTC)"), (_row(progress, account, name) for name in names[:ROWS]))
    more = f"\n\n{count(len(names) - ROWS, 'device')} more: in the step's summary." if len(names) > ROWS else ""
    return shown + more


def _row(progress: Progress, account: Account, name: str) -> tuple[str, ...]:
    standing, cause = progress.devices[name], account.causes.get(name)
    why = (cause.text or cause.why) if cause is not None else standing.why
    return name, word(standing.state), why[:120], clock(cause.at) if cause is not None else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *([escape.markdown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _fitting(parts: Iterable[str]) -> str:
    """All of it, cut at the end of a line where it is longer than GitHub takes."""
    text = "\n\n".join(part for part in parts if part)
    if len(text) <= LIMIT:
        return text
    return text[: text.rfind("\n", 0, LIMIT)] + "\n\nThe rest does not fit here: it is in the step's summary."
