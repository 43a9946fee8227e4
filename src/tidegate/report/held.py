"""A rollout that has not ended: what it waits for, and who may do what."""

from __future__ import annotations

from tidegate.model.event import HeldEvent
from tidegate.model.record import Record
from tidegate.model.state import GOES_ON_BY_ITSELF, HeldKind
from tidegate.report.account import Account
from tidegate.report.devices import fallen_lines
from tidegate.report.people import count, wrapped
from tidegate.report.sentence import why_held
from tidegate.report.words import HELD
from tidegate.rollout.decide import next_wave
from tidegate.rollout.progress import Progress

_INDENT = "  "


def held_lines(record: Record, progress: Progress, account: Account) -> list[str]:
    """The story of a rollout whose job has left it for somebody else."""
    state = "is held" if is_waiting(progress) else "was left"
    return [
        *wrapped(f"● {record.rollout} {state}{_place(progress)}{waiting(progress)}", indent=2),
        *fallen_lines(progress, account, record.rollout),
        *next_lines(record.rollout, progress),
    ]


def _place(progress: Progress) -> str:
    if progress.wave < 0:
        return ""
    where = "at" if progress.hold is not None or not progress.passed else "after"
    return f" {where} `{progress.plan.waves[progress.wave].name}`"


def waiting(progress: Progress) -> str:
    """What it waits for: the end of a sentence with its sign before it, and perhaps another sentence."""
    hold, ask = progress.hold, progress.ask
    if hold is not None:
        until = f" Until {hold.until:%d %b %H:%M}." if hold.until else ""
        cause = _cause(hold)
        return f"{cause and f': {cause}'}. {HELD[hold.kind]}{until}"
    if ask is not None and _is_asked(progress):
        so_far = f", {len(progress.approvals)} so far" if ask.count > 1 else ""
        people = f", asked of: {', '.join(ask.people)}" if ask.people else ""
        return f": it waits for {count(ask.count, 'approval')} of `{ask.environment or ask.wave}`{so_far}{people}."
    wave = next_wave(progress)
    return f": its next leg is `{wave.leg}`." if wave is not None and _is_between(progress) else ": its job has ended."


def _cause(hold: HeldEvent) -> str:
    return f"interrupted by {hold.text}" if hold.kind is HeldKind.CANCELLED and hold.text else why_held(hold)


def is_waiting(progress: Progress) -> bool:
    """Does it wait for a person, or for something that is said in its hold?"""
    return progress.hold is not None or _is_asked(progress)


def _is_asked(progress: Progress) -> bool:
    ask = progress.ask
    return ask is not None and progress.rejected is None and len(progress.approvals) < ask.count


def _is_between(progress: Progress) -> bool:
    return progress.passed or progress.wave < 0


def next_lines(rollout: str, progress: Progress) -> list[str]:
    """The commands that go on from here, one a line."""
    hold, ask = progress.hold, progress.ask
    if hold is not None and hold.kind in GOES_ON_BY_ITSELF:
        return _commands(("Take it up when it is time:", "tidegate wake"), ("Go back:", "tidegate abort"))
    if hold is not None and hold.kind is not HeldKind.APPROVAL:
        answer = f"tidegate resume --hold {hold.hold}"
        return _commands(
            ("Go on:", f'{answer} --go "why"'),
            ("Go back:", f'{answer} --back "why"'),
            ("End it, keep what is confirmed:", f'{answer} --end "why"'),
        )
    if ask is not None and _is_asked(progress):
        environment = f" --environment {ask.environment}" if ask.environment else ""
        return _commands(("Approve:", f"tidegate approve{environment}"), ("Go back:", "tidegate abort"))
    if hold is not None:
        return _commands(("Approve:", "tidegate approve"), ("Go back:", "tidegate abort"))
    return _commands(("Go on:", "tidegate resume"), ("The whole story:", f"tidegate audit show {rollout}"))


def _commands(*commands: tuple[str, str]) -> list[str]:
    width = max(len(what) for what, _ in commands)
    return [line for what, command in commands for line in wrapped(command, f"{_INDENT}{what:<{width}} ")]
