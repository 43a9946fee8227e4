"""The check of one device: made once, when it has come to an end; how it went, its diff, its digests."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate import escape
from tidegate.github.check_runs import Check, Conclusion
from tidegate.github.checks import check_name, state_word
from tidegate.github.summary import paragraphs, table, title
from tidegate.model.canonical import NONE, short
from tidegate.model.event import Stepped
from tidegate.model.state import ENDS, State
from tidegate.report.account import Account
from tidegate.report.devices import reason_of
from tidegate.report.diff import Group
from tidegate.report.people import clock
from tidegate.report.plan_diff import group_markdown
from tidegate.rollout.progress import Progress

_LINES = 5
_WORDS = 200


def is_due(progress: Progress, device: str) -> bool:
    """Has it come to an end, or to where only its wave's going back would move it?"""
    return progress.devices[device].state in (*ENDS, State.CONFIRMED)


def device_check(
    rollout: str,
    progress: Progress,
    account: Account,
    device: str,
    steps: Sequence[Stepped],
    groups: Sequence[Group] = (),
) -> Check:
    """`steps` are the device's own events in their order; `groups` the plan's diffs."""
    wave = progress.plan.waves[progress.plan.wave_of[device]].name
    diffs = [group_markdown(group, index) for index, group in enumerate(groups) if device in group.devices]
    return Check(
        name=check_name(progress.plan.strategy, wave, device),
        key=f"tidegate:{rollout}:{wave}:{device}",
        title=title(_title(progress, account, device)),
        summary=paragraphs([_timeline(steps), _digests(progress, device)]),
        conclusion=_conclusion(progress, account, device),
        text=paragraphs(diffs),
        started=steps[0].at if steps else None,
    )


def _title(progress: Progress, account: Account, device: str) -> str:
    word = state_word(progress, device)
    if device in account.causes:
        return f"{word}: {reason_of(progress, account, device)}"
    return f"{word} with its wave, without a fault of its own" if word == "reverted" else word


def _conclusion(progress: Progress, account: Account, device: str) -> Conclusion:
    match progress.devices[device].state:
        case State.SUCCEEDED | State.CONFIRMED | State.NOOP:
            return Conclusion.SUCCESS
        case State.SKIPPED:
            return Conclusion.NEUTRAL
        case State.REVERTED if device not in account.causes:
            return Conclusion.NEUTRAL
        case _:
            return Conclusion.FAILURE


def _timeline(steps: Sequence[Stepped]) -> str:
    """The first step and the last ones: what happened when, and what the device said."""
    kept = [*steps[:1], *steps[1:][-(_LINES - 1) :]]
    return "  \n".join(escape.markdown(_line(step), _WORDS) for step in kept)


def _line(step: Stepped) -> str:
    said = step.text or step.why
    return f"{clock(step.at)} {step.s.value.replace('_', ' ')}{said and f': {said}'}"


def _digests(progress: Progress, device: str) -> str:
    plan = progress.plan
    rows = [
        (component, _short(plan.former(device, component)), _short(to))
        for component, to in plan.devices[device].to.items()
    ]
    return table(("component", "ran", "was to run"), rows, "component", 200, 20_000)


def _short(digest: str) -> str:
    return digest if digest == NONE else short(digest)
