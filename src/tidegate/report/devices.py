"""Devices that did not get a change, each with its reason; the first five, and how to get the rest."""

from __future__ import annotations

from collections.abc import Collection

from tidegate.model.state import State
from tidegate.report.account import OWN_SKIPS, Account, fallen
from tidegate.report.people import MANY, clock, count, wrapped
from tidegate.report.words import SKIPPED, UNFIT
from tidegate.rollout.progress import Progress

_INDENT = "  "
_LINES = 3


def fallen_lines(progress: Progress, account: Account, rollout: str, left_out: Collection[str] = ()) -> list[str]:
    """One device a line: what it said first, and when; a reason that is the former one's is not said again."""
    devices = [name for name in fallen(progress, account) if name not in left_out]
    width = max((len(name) for name in devices[:MANY]), default=0)
    lines: list[str] = []
    former = ""
    for name in devices[:MANY]:
        event = account.causes[name]
        reason = reason_of(progress, account, name)
        said = "the same" if reason == former else reason
        lines += wrapped(f"{said}, at {clock(event.at)}", f"{_INDENT}{name:<{width}}  ", most=_LINES)
        former = reason
    if len(devices) > MANY:
        lines += wrapped(f"and {len(devices) - MANY} more: tidegate audit show {rollout}", _INDENT)
    return lines


def reason_of(progress: Progress, account: Account, name: str) -> str:
    """Why a device of `account.causes` does not get the change; untrusted."""
    event = account.causes[name]
    standing = progress.devices[name]
    if event.why in OWN_SKIPS:
        return f"skipped, {SKIPPED[event.why]}"
    if event.why in UNFIT:
        return f"refused, {UNFIT[event.why]}{_quoted(event.text)}"
    if event.why == "invalid":
        return f"refused: {event.text or 'its own validation said no'}"
    if event.why == "unreached" and not standing.failed:
        return f"skipped, {SKIPPED['unreached']}{_quoted(event.text)}"
    return event.text or "failed"


def _quoted(text: str) -> str:
    return f" ({text})" if text else ""


def with_its_wave(progress: Progress, account: Account) -> list[str]:
    """Devices that were switched, had no fault, and went back because their wave or rollout did."""
    return [
        name
        for wave in progress.plan.waves
        for name in wave.members
        if name not in account.causes and progress.devices[name].state is State.REVERTED
    ]


def untouched_line(progress: Progress) -> list[str]:
    """`Never touched: 15 devices of everyone.`"""
    parts = []
    for wave in progress.plan.waves:
        names_of = [name for name in wave.members if is_untouched(progress, name)]
        if names_of:
            parts.append(f"{count(len(names_of), 'device')} of `{wave.name}`")
    return wrapped(f"Never touched: {', '.join(parts)}.", _INDENT) if parts else []


def is_untouched(progress: Progress, name: str) -> bool:
    """Was it left out for no reason of its own?"""
    standing = progress.devices[name]
    return standing.state in (State.PENDING, State.SKIPPED) and standing.why not in (*OWN_SKIPS, "unreached")
