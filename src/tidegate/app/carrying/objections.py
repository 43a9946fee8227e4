"""What speaks against rolling out a range: commits past all pull requests, and what nobody reviewed as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidegate.app.carrying.done import Done, outputs
from tidegate.app.change.ranges import Range
from tidegate.app.change.reviewed import Reviewed, Unreviewed
from tidegate.app.change.revision import Revision
from tidegate.app.ground.stand import Ground
from tidegate.model.change import Change
from tidegate.model.event import Event, HeldEvent, Opened
from tidegate.model.state import HeldKind
from tidegate.report.people import count, names

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a rollout is held before its first wave; `text` is a sentence without its end."""

    kind: HeldKind
    text: str


def refusal(revision: Revision, span: Range) -> Done | None:
    """The end of it where the project refuses pushes past all pull requests, and there were some."""
    if revision.project.direct_push != "refuse" or not span.pushed:
        return None
    text = (
        f"✗ Refused: {_pushed(span.pushed)}. The project refuses that (direct_push: refuse).\n"
        "  Nothing was rolled out. Bring it by a pull request: revert it, and open one with the same change;\n"
        "  or let a person decide each time: direct_push: hold in tidegate.yaml."
    )
    return Done(text, 1, outputs(1, decision="refused", reason=HeldKind.DIRECT_PUSH.value))


def objections(ground: Ground, revision: Revision, strategy: str, span: Range) -> Sequence[Objection]:
    """All there are, the gravest first."""
    project = revision.project
    found = []
    if span.rewritten:
        since = f" since {span.base[:7]}" if span.base else ""
        text = f"the branch was rewritten{since}: what was deployed last is no part of it any more"
        found.append(Objection(HeldKind.HISTORY_REWRITTEN, text))
    if span.pushed and project.direct_push == "hold":
        found.append(Objection(HeldKind.DIRECT_PUSH, _pushed(span.pushed)))
    if project.strategies[strategy].replan == "hold":
        odd = Reviewed(ground, strategy).unreviewed(span.changes, revision)
        if odd:
            found.append(Objection(HeldKind.REPLAN, _otherwise(odd)))
    return found


def holding(found: Sequence[Objection], opened: Opened) -> Callable[[int], Sequence[Event]]:
    """The hold that belongs into the very segment that opens the rollout; nothing where nothing speaks against it."""

    def hold(seq: int) -> Sequence[Event]:
        if not found:
            return ()
        text = "; and ".join(each.text for each in found)
        return (HeldEvent(at=opened.at, o=opened.o, k=opened.k + 1, hold=seq, kind=found[0].kind, text=text),)

    return hold


def _pushed(changes: Sequence[Change]) -> str:
    commits = [_named(change, commit) for change in changes for commit in change.commits]
    more = f" and {len(commits) - _NAMED} more" if len(commits) > _NAMED else ""
    return f"{count(len(commits), 'commit')} came without a pull request: {', '.join(commits[:_NAMED])}{more}"


def _named(change: Change, commit: str) -> str:
    return f"{commit[:7]} by {', '.join(change.authors)}" if change.authors else commit[:7]


def _otherwise(odd: Sequence[Unreviewed]) -> str:
    parts = [f"{each.component} on {names(each.devices)}" for each in odd[:_NAMED]]
    more = f" and {len(odd) - _NAMED} more components" if len(odd) > _NAMED else ""
    return f"no pull request showed it as it comes out now: {'; '.join(parts)}{more}"
