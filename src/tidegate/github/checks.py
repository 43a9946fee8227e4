"""Checks of a pull request and of a rollout as values: pure, all text of others made harmless, within the bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tidegate import escape
from tidegate.github.annotations import MOST, Mapped, annotated, where_it_is
from tidegate.github.check_runs import Check, Conclusion
from tidegate.github.summary import LIMIT, folded, paragraphs, table, title, whole_parts
from tidegate.model.canonical import digest, short
from tidegate.model.place import Finding, Report, Severity
from tidegate.model.record import Record
from tidegate.model.state import Result, State
from tidegate.report.account import Account, fallen
from tidegate.report.devices import is_untouched, reason_of
from tidegate.report.diff import Group
from tidegate.report.findings import in_order, summary
from tidegate.report.held import is_waiting, waiting
from tidegate.report.people import clock, count
from tidegate.report.plan_diff import group_markdown
from tidegate.report.sentence import END_WORDS, ends
from tidegate.report.story import story
from tidegate.report.waves import glances, is_back
from tidegate.rollout.progress import Progress

ROWS = 1200
"""Devices that a wave's check shows, the failed ones first."""
_FOLDED = 20_000
_CONCLUSIONS = {
    Result.SUCCEEDED: Conclusion.SUCCESS,
    Result.PARTIAL: Conclusion.SUCCESS,
    Result.NOTHING: Conclusion.SUCCESS,
    Result.REVERTED: Conclusion.FAILURE,
    Result.STOPPED: Conclusion.CANCELLED,
    Result.SUPERSEDED: Conclusion.NEUTRAL,
    Result.EXPIRED: Conclusion.CANCELLED,
    Result.STRANDED: Conclusion.FAILURE,
}


def check_name(strategy: str, *parts: str) -> str:
    """`tidegate / canary / web-017`: whichever list GitHub puts it in, it says what it is about."""
    lane = () if strategy == "default" else (strategy,)
    return escape.line(" / ".join(("tidegate", *lane, *parts)))


def validation_check(
    report: Report,
    head: str,
    seconds: float,
    *,
    fail_on: Severity = Severity.ERROR,
    plan: str = "",
    headline: str = "",
    mapped: Mapped = where_it_is,
) -> Check:
    """What a pull request's change was found to be. `plan`: Markdown that is harmless; `headline` says it in a line."""
    shown = annotated(report.findings, mapped, MOST)
    refused = report.refused(fail_on)
    kinds = [count(report.count(severity), severity.value) for severity in Severity if report.count(severity)]
    counted = ", ".join(kinds[:2])
    said = counted if refused or not headline else f"{headline}{counted and f' {counted}'}"
    head_line = escape.markdown(" ".join(summary(report, seconds)))
    notes = [escape.markdown(note) for note in (*report.notes, shown.hidden) if note]
    return Check(
        name=check_name("default", "validate"),
        # By what is said: annotations cannot be taken away, so what is found otherwise next time is another check.
        key=f"tidegate:validate:{head}:{short(digest([repr(report.findings), said, plan]))}",
        title=title(said or "0 errors"),
        summary=paragraphs([head_line, _findings(in_order(report.findings)), *notes]),
        conclusion=Conclusion.FAILURE if refused else Conclusion.SUCCESS,
        text=paragraphs(whole_parts(plan)),
        annotations=shown.annotations,
    )


def elsewhere_check(head: str, branch: str, default: str) -> Check:
    """For a pull request that does not go to the default branch."""
    said = f"Nothing is deployed from `{branch}`: only what goes to `{default}` is judged."
    return Check(
        name=check_name("default", "validate"),
        key=f"tidegate:validate:{head}",
        title=title(f"not judged: it goes to {branch}"),
        summary=escape.markdown(said),
        conclusion=Conclusion.NEUTRAL,
    )


def rollout_check(record: Record, now: datetime, groups: Sequence[Group] = ()) -> Check:
    """The whole rollout, by its record: the story, its waves, the devices without it; the diffs as the text below."""
    progress, account = Progress.of(record.plan, record.events), Account(record.events)
    check = progress_check(record.rollout, progress, account, now)
    diffs = [group_markdown(group, index) for index, group in enumerate(groups)]
    if progress.ended is None and not is_waiting(progress):
        return replace(check, text=paragraphs(diffs))
    lines = "  \n".join(escape.markdown(line.strip()) for line in story(record, exit_code=0).lines)
    return replace(check, summary=paragraphs([lines, *_rollout(progress, account, now)]), text=paragraphs(diffs))


def progress_check(rollout: str, progress: Progress, account: Account, now: datetime) -> Check:
    """The same check while it goes on: made of what is at hand, as a record of ten thousand devices is long to read."""
    ended = progress.ended
    said = _headline(progress, account, now)
    return Check(
        name=check_name(progress.plan.strategy, "rollout"),
        key=f"tidegate:{rollout}",
        title=title(said),
        summary=paragraphs([escape.markdown(f"{rollout}: {said}"), *_rollout(progress, account, now)]),
        conclusion=_CONCLUSIONS[ended.result] if ended else None,
        started=progress.opened.at if progress.opened else None,
    )


def wave_check(rollout: str, progress: Progress, account: Account, index: int, now: datetime) -> Check:
    """One opened wave: how it stands, its devices, the failed ones first."""
    wave, glance = progress.plan.waves[index], glances(progress, account, now)[index]
    said = f"{glance.ratio}, {glance.words}" if glance.words else glance.ratio
    names = sorted(wave.members, key=lambda name: (_rank(progress, account, name), name))
    rows = (device_row(progress, account, name) for name in names)
    return Check(
        name=check_name(progress.plan.strategy, wave.name),
        key=f"tidegate:{rollout}:{wave.name}",
        title=title(said),
        summary=paragraphs(
            [
                escape.markdown(f"{glance.name}: {said}"),
                table(("device", "state", "why", "since"), rows, "device", ROWS, LIMIT - 2_000),
            ]
        ),
        conclusion=_wave_conclusion(progress, account, index),
        started=account.waves.get(wave.name),
    )


def waves_table(progress: Progress, account: Account, now: datetime) -> str:
    rows = [(one.mark, one.name, one.ratio, one.words) for one in glances(progress, account, now)]
    return table(("", "wave", "devices", "how it stands"), rows, "wave", 200, 16_000)


def device_row(progress: Progress, account: Account, name: str) -> tuple[str, str, str, str]:
    """Name, state, why, since when; untrusted."""
    cause = account.causes.get(name)
    why = reason_of(progress, account, name) if cause else ""
    return name, state_word(progress, name), why, clock(cause.at) if cause else ""


def state_word(progress: Progress, name: str) -> str:
    """`confirmed`, `reverted`, and for what is under way the state itself."""
    state = progress.devices[name].state
    if is_untouched(progress, name):
        return "not touched"
    return END_WORDS.get(state, "confirmed" if state is State.CONFIRMED else state.value.lower())


def _wave_conclusion(progress: Progress, account: Account, index: int) -> Conclusion | None:
    """None while something may still happen to it."""
    wave, tally = progress.plan.waves[index], progress.tallies[index]
    judged = account.judged.get(wave.name)
    over = progress.ended is not None
    if is_back(progress, index):
        return Conclusion.FAILURE if over or tally.at_rest else None
    if judged is not None and judged.verdict == "pass":
        return Conclusion.SUCCESS
    if not over:
        return None
    return Conclusion.FAILURE if judged is not None and judged.verdict == "fail" else Conclusion.CANCELLED


def _headline(progress: Progress, account: Account, now: datetime) -> str:
    if progress.ended is not None:
        return ends(progress.ended.counts) or progress.ended.result.value
    if is_waiting(progress):
        return f"held: {waiting(progress).lstrip('.: ')}"
    if progress.wave < 0:
        return "opened, no device touched yet"
    glance = glances(progress, account, now)[progress.wave]
    return f"{glance.name}: {glance.ratio} {glance.words}"


def _rollout(progress: Progress, account: Account, now: datetime) -> Iterator[str]:
    """The waves; the devices without the change, in a table; those with it, folded."""
    yield waves_table(progress, account, now)
    rows = (device_row(progress, account, name) for name in fallen(progress, account))
    yield table(("device", "state", "why", "since"), rows, "device", ROWS, LIMIT - _FOLDED - 20_000)
    fine = [name for name in progress.plan.wave_of if name not in account.causes and _has(progress, name)]
    words = f"{count(len(fine), 'device')} with the change"
    yield folded(words, escape.markdown(" ".join(fine), _FOLDED // 2)) if fine else ""


def _has(progress: Progress, name: str) -> bool:
    return progress.devices[name].state in (State.SUCCEEDED, State.CONFIRMED, State.NOOP)


def _rank(progress: Progress, account: Account, name: str) -> int:
    """Failed, then otherwise fallen, then what went back, then the rest."""
    standing = progress.devices[name]
    if name in account.causes:
        return 0 if standing.failed else 1
    return 2 if standing.state is State.REVERTED else 3


def _findings(findings: Sequence[Finding]) -> str:
    rows = ((str(one.location), one.severity.value, one.rule, _advice(one)) for one in findings)
    return table(("where", "", "rule", "what"), rows, "finding", ROWS, LIMIT - 8_000)


def _advice(finding: Finding) -> str:
    return f"{finding.message}. {finding.fix}" if finding.fix else finding.message
