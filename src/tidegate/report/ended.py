"""A rollout that has ended: the story of each result."""

from __future__ import annotations

from typing import assert_never

from tidegate.model.event import EndedEvent
from tidegate.model.plan import Kind
from tidegate.model.record import Record
from tidegate.model.state import Result, State, Step
from tidegate.model.verdict import Verdict
from tidegate.report.account import Account
from tidegate.report.devices import fallen_lines, untouched_line, with_its_wave
from tidegate.report.people import MANY, count, duration, names, wrapped
from tidegate.report.sentence import ends, weakness, why_back
from tidegate.rollout.progress import Progress

_INDENT = "  "


def ended_lines(record: Record, progress: Progress, ended: EndedEvent, account: Account) -> list[str]:
    """The sentence, the devices that did not get the change, those never touched, what to do next."""
    whole = f"The whole story: tidegate audit show {record.rollout}"
    return [
        *wrapped(_sentence(record, progress, ended), indent=2),
        *_proof(progress, ended),
        *_stranded_lines(progress, account, record.rollout),
        *fallen_lines(progress, account, record.rollout, set(_stranded(progress))),
        *_with_wave_lines(progress, account),
        *untouched_line(progress),
        *[line for text in (*_next(progress, ended), whole) for line in wrapped(text, _INDENT)],
    ]


def _sentence(record: Record, progress: Progress, ended: EndedEvent) -> str:
    total = len(progress.devices)
    target = _target(record)
    match ended.result:
        case Result.SUCCEEDED:
            took = duration((ended.at - record.opened.at).total_seconds())
            before = _number(ended, State.NOOP)
            already = f", {count(before, 'device')} did before" if before else ""
            return f"✓ {_done(record)}: {_all(total)} {target}{already}; it took {took}."
        case Result.PARTIAL:
            return f"✓ {_done(record)}, but not everywhere: {_has(ended)} of {count(total, 'device')} {target}."
        case Result.NOTHING:
            return f"✓ Nothing to do: {_all(total)} {target}, and did before."
        case Result.REVERTED:
            return f"✗ Stopped{_place(progress)}{_cause(progress)}. {_returned(ended)}"
        case Result.STOPPED:
            return f"✗ Ended{_place(progress)}: {ended.reason}. {_kept(ended, target)}"
        case Result.SUPERSEDED:
            return f"✓ Left to a newer revision, which has all of it. {_kept(ended, target)}"
        case Result.EXPIRED:
            return f"✗ Expired{_place(progress)}: nobody answered in time. {_kept(ended, target)}"
        case Result.STRANDED:
            stranded = count(_number(ended, State.STRANDED), "device")
            return f"✗ {stranded} stranded: a person must look there now. All in all: {ends(ended.counts)}."
        case _:
            assert_never(ended.result)


def _done(record: Record) -> str:
    return "Rolled back" if record.plan.kind is Kind.ROLLBACK else "Done"


def _target(record: Record) -> str:
    if record.plan.kind is Kind.ROLLBACK:
        return f"run what they ran before {record.opened.of}"
    return f"run {record.plan.revision[:7]}"


def _all(total: int) -> str:
    return "the one device" if total == 1 else f"all {total} devices"


def _number(ended: EndedEvent, *states: State) -> int:
    return sum(ended.counts.get(state, 0) for state in states)


def _has(ended: EndedEvent) -> int:
    return _number(ended, State.SUCCEEDED, State.NOOP)


def _proof(progress: Progress, ended: EndedEvent) -> list[str]:
    """What the last wave's pass does not rule out."""
    good = ended.result in (Result.SUCCEEDED, Result.PARTIAL) and progress.plan.kind is not Kind.ROLLBACK
    if not good or not progress.verdicts:
        return []
    weak = weakness(progress.verdicts[-1])
    return wrapped(f"So few devices are a weak proof: {weak} in truth.", _INDENT) if weak else []


def _place(progress: Progress) -> str:
    return f" at `{progress.plan.waves[progress.wave].name}`" if progress.wave >= 0 else " before its first wave"


def _cause(progress: Progress) -> str:
    """Who or what stopped it: `: 2 of 3 devices failed, 1 was allowed`, or ` by bob: looks odd`."""
    judged, back = progress.verdict, progress.back
    if judged is not None and judged.verdict == Verdict.FAIL:
        allowed = f"{judged.allowed} {'was' if judged.allowed == 1 else 'were'} allowed"
        failed = f": {judged.f} of {count(judged.n, 'device')} failed, {allowed}"
        return failed if judged.row == 3 else f"{failed}: {judged.reason}"
    reason = why_back(back) if back is not None else "it was taken back"
    return f" {reason.removeprefix('stopped ')}" if reason.startswith("stopped by ") else f": {reason}"


def _returned(ended: EndedEvent) -> str:
    """What became of the devices that were switched."""
    back, kept = _number(ended, State.REVERTED), _number(ended, State.SUCCEEDED)
    said = []
    if back:
        said.append(f"{_those(back, 'went back', 'runs what it ran', 'run what they ran')} before.")
    if kept:
        said.append(f"{count(kept, 'device')} of earlier waves {'keeps' if kept == 1 else 'keep'} it.")
    return " ".join(said) or "Nothing was changed."


def _those(number: int, that: str, one: str, many: str) -> str:
    return f"The one device that {that} {one}" if number == 1 else f"The {number} devices that {that} {many}"


def _kept(ended: EndedEvent, target: str) -> str:
    kept, back = _has(ended), _number(ended, State.REVERTED)
    if not kept and not back:
        return "Nothing was changed."
    returned = f"; {count(back, 'device')} went back" if back else ""
    return f"What was confirmed stays: {count(kept, 'device')} {target}{returned}."


def _stranded(progress: Progress) -> list[str]:
    return [name for name in progress.plan.wave_of if progress.devices[name].state is State.STRANDED]


def _stranded_lines(progress: Progress, account: Account, rollout: str) -> list[str]:
    devices = _stranded(progress)
    lines: list[str] = []
    for name in devices[:MANY]:
        lines += wrapped(_why_stranded(progress, account, name), f"{_INDENT}{name}  ", most=4)
    if len(devices) > MANY:
        lines += wrapped(f"and {len(devices) - MANY} more: tidegate audit show {rollout}", _INDENT)
    return lines


def _why_stranded(progress: Progress, account: Account, name: str) -> str:
    standing, cause = progress.devices[name], account.causes.get(name)
    last = standing.text or standing.why
    if cause is None or cause.s is Step.STRANDED or not cause.text:
        return last
    return f"{cause.text}; then, on its way back: {last}"


def _with_wave_lines(progress: Progress, account: Account) -> list[str]:
    devices = with_its_wave(progress, account)
    if not devices:
        return []
    if len(devices) == 1:
        return wrapped("had no fault; went back with the others", f"{_INDENT}{devices[0]}  ")
    return wrapped(f"Without a fault, went back with the others: {names(devices[:MANY])}" + _more(devices), _INDENT)


def _more(devices: list[str]) -> str:
    return f" +{len(devices) - MANY}" if len(devices) > MANY else ""


def _next(progress: Progress, ended: EndedEvent) -> list[str]:
    match ended.result:
        case Result.STRANDED:
            release = f'When it is mended: tidegate fleet release {_stranded(progress)[0]} "why"'
            return [release, *_bad(progress, ended)]
        case Result.REVERTED if ended.bad:
            return _bad(progress, ended)
        case Result.SUCCEEDED | Result.PARTIAL if progress.plan.kind is Kind.ROLLBACK:
            return [f"Git still has the change. Undo it there, too: git revert {progress.plan.revision[:7]}"]
        case Result.PARTIAL:
            return ["Try again where it is missing: tidegate deploy"]
        case Result.STOPPED | Result.EXPIRED | Result.REVERTED:
            return ["Begin again: tidegate deploy", *(["Take it back: tidegate rollback"] if _has(ended) else [])]
        case Result.SUPERSEDED:
            return ["What goes on now: tidegate status"]
        case _:
            return []


def _bad(progress: Progress, ended: EndedEvent) -> list[str]:
    """What is refused from now on, and the two ways out."""
    if not ended.bad:
        return []
    return [
        f"The change is remembered as bad for {', '.join(ended.bad)}.",
        f"Undo it in git: git revert {progress.plan.revision[:7]}",
        'Try it again all the same: tidegate deploy --retry "why"',
    ]
