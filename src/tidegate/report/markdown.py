"""What commands say, as Markdown for a step's summary: the answer first, then tables, and folded what is long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tidegate import escape
from tidegate.model.place import Finding, Report
from tidegate.model.record import Record
from tidegate.model.state import State
from tidegate.report.account import Account
from tidegate.report.findings import in_order, page, summary
from tidegate.report.people import clock, count
from tidegate.report.story import story
from tidegate.report.waves import glances
from tidegate.rollout.progress import Progress

FINDINGS = 500
"""So many findings are shown; all of them are in the log."""
_GOOD = frozenset({State.SUCCEEDED, State.CONFIRMED, State.NOOP})
_LONG = 2000


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Cells are plain words: what is markup in them is shown, not obeyed."""
    cells = [head, ["---"] * len(head), *([escape.markdown(str(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def folded(title: str, text: str) -> str:
    """`text`, Markdown, to be unfolded; `title` are words of ours."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def error_markdown(message: str, hint: str) -> str:
    """Why a command could not do its job, and what to do."""
    return "\n\n".join(f"{escape.markdown(line, _LONG)}" for line in (f"✗ {message}", hint) if line)


def findings_markdown(report: Report, seconds: float) -> str:
    """The sums, then a row for each finding."""
    first = " ".join(summary(report, seconds))
    found = in_order(report.findings)
    parts = [f"**{escape.markdown(first)}**"]
    if found:
        parts.append(table(("where", "", "rule", "what is wrong", "what to do"), map(_finding, found[:FINDINGS])))
    if len(found) > FINDINGS:
        parts.append(f"{count(len(found) - FINDINGS, 'finding')} more in the log of this step.")
    return "\n\n".join([*parts, *(escape.markdown(note) for note in report.notes)])


def _finding(finding: Finding) -> tuple[object, ...]:
    where = finding.location
    more = f"{finding.fix}  ({page(finding.rule)})" if page(finding.rule) else finding.fix
    return f"{where.file}:{where.line}", finding.severity.value, finding.rule, finding.message, more


def record_markdown(record: Record, *, exit_code: int | None = None) -> str:
    """How it stands with a rollout whose job is over. `exit_code` as for `story`."""
    progress, account = Progress.of(record.plan, record.events), Account(record.events)
    said = story(record, exit_code=exit_code)
    other = [_device(progress, account, name) for name in progress.devices if not _is_good(progress, name)]
    parts = [f"**{escape.markdown(_title(progress))}**", escape.markdown_block(said.text)]
    parts.append(table(("", "wave", "healthy", ""), _waves(record, progress, account)))
    if other:
        parts.append(table(("device", "wave", "is", "why", "since (UTC)"), other))
    good = [name for name in progress.devices if _is_good(progress, name)]
    if good:
        names = escape.markdown(" ".join(good), sum(map(len, good)) + len(good))
        parts.append(folded(f"{count(len(good), 'device')} with the change", names))
    whole = f"`tidegate audit show {record.rollout}`"
    return "\n\n".join([*parts, f"All of it, event by event: {whole}. Plan `{record.plan.digest}`."])


def _title(progress: Progress) -> str:
    """`17 of 18 confirmed, 1 reverted`."""
    states = [standing.state for standing in progress.devices.values()]
    good = sum(state in _GOOD for state in states)
    counts = {state: states.count(state) for state in State if state not in _GOOD and state in states}
    rest = "".join(f", {number} {state.value.lower()}" for state, number in counts.items())
    return f"{good} of {len(states)} confirmed{rest}"


def _is_good(progress: Progress, name: str) -> bool:
    return progress.devices[name].state in _GOOD


def _waves(record: Record, progress: Progress, account: Account) -> Iterator[tuple[object, ...]]:
    now = max((event.at for event in record.events), default=record.opened.at)
    for wave in glances(progress, account, now):
        yield wave.mark, wave.name, wave.ratio, wave.words


def _device(progress: Progress, account: Account, name: str) -> tuple[object, ...]:
    standing, cause = progress.devices[name], account.causes.get(name)
    why = cause.text or cause.why if cause is not None else standing.why
    since = clock(cause.at) if cause is not None else ""
    wave = progress.plan.waves[progress.plan.wave_of[name]].name
    return name, wave, standing.state.value.lower(), why, since
