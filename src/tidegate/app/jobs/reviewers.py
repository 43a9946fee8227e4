"""What reviewers said of an environment of this very run and no record has yet; and how it is written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tidegate.app.carrying.running import new_owner
from tidegate.app.ground.actor import Actor
from tidegate.audit.people import say
from tidegate.audit.shelf import Past
from tidegate.model.canonical import instant
from tidegate.model.event import Approved, Asked, Rejected

if TYPE_CHECKING:
    from tidegate.github.client import Client
    from tidegate.model.run import Run

GATE = "-approval"
"""Reviewers sit at `<environment>-approval`; the environment itself has the secrets, and nobody to ask."""

_SKEW = timedelta(hours=1)
"""So far may GitHub's clock and a runner's be apart."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reviewer's word. `person`: not a bot."""

    by: str
    person: bool
    approved: bool
    comment: str = ""


async def reviewers(github: Client, run: str, environment: str, pasts: Iterable[Past]) -> Sequence[Said]:
    """What was said of `environment` in this run, and stands in no record yet. Raises GitHubError.

    GitHub tells neither when a word was said nor of which attempt: what a record has of this run counts as used.
    """
    since = (await github.runs.get(int(run))).created
    words = [
        Said(each.by, each.person, each.state == "approved", each.comment)
        for each in await github.runs.approvals(int(run))
        if f"{environment}{GATE}" in each.environments and each.state in ("approved", "rejected")
    ]
    return unused(words, used(pasts, run, environment, since))


def used(pasts: Iterable[Past], run: str, environment: str, since: datetime | None) -> Counter[tuple[str, bool]]:
    """How often each (person, approved) of this run and environment stands in records. Those whose newest segment is
    older than the run (`since`) are not read."""
    begin = instant(since - _SKEW) if since is not None else ""
    found: Counter[tuple[str, bool]] = Counter()
    for past in pasts:
        if past.newest.head.at < begin:
            continue
        asks = {event.ask: event.environment for event in past.events if isinstance(event, Asked)}
        words = (event for event in past.events if isinstance(event, Approved | Rejected))
        found.update(
            (word.by, isinstance(word, Approved))
            for word in words
            if word.via == "environment" and word.run == run and asks.get(word.ask) == environment
        )
    return found


def unused(words: Iterable[Said], known: Counter[tuple[str, bool]]) -> Sequence[Said]:
    """The words beyond those that are used, in their order."""
    left = Counter(known)
    fresh: list[Said] = []
    for word in words:
        key = word.by, word.approved
        if left[key] > 0:
            left[key] -= 1
        else:
            fresh.append(word)
    return fresh


async def write_down(who: Actor, run: Run, past: Past, ask: Asked, word: Said, began: datetime) -> Past:
    """The reviewer's word as an answer to that question; `began`: when the job began that read it."""
    kind, owner = Approved if word.approved else Rejected, new_owner()

    def answer(_past: Past) -> Approved | Rejected:
        return kind(
            at=who.world.clock.now(),
            o=owner,
            k=1,
            ask=ask.ask,
            wave=ask.wave,
            plan=past.plan.digest,
            by=word.by,
            via="environment",
            why=word.comment,
            run=run.number,
            attempt=run.attempt,
            started_at=began,
        )

    return await say(who.branch, past.lane, past.rollout, answer)
