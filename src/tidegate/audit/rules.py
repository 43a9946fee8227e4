"""What a record may say, given what the ones before it said: who may write, and that plans are the ones that opened."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tidegate.audit.lease import NOBODYS, Lease, is_persons, lease_of
from tidegate.model.canonical import digest
from tidegate.model.event import FACTS, WORDS, Event, LeaseTaken, Opened
from tidegate.model.plan_file import parse_plan, plan_bytes
from tidegate.model.segment import Segment

_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def lease_wrongs(segment: Segment, before: Lease) -> Iterator[str]:
    """What its head says of the lease that does not follow from the lane's former one."""
    now = lease_of(segment.head)
    taken = [event for event in segment.events if isinstance(event, LeaseTaken)]
    if taken:
        yield from _taken_wrongs(segment, taken, before)
        return
    if now.token != before.token:
        yield f"has token {now.token} after {before.token}, and nobody took the lease in it"
    elif before != NOBODYS and now.holder != before.holder:
        yield f"names another holder of token {now.token} than the one before it"
    if now.held and not before.held:
        yield "holds a lease that was free, and that nobody took in it"
    if is_persons(segment) and now.held != before.held:
        yield "is a person's word, and changes the lease"
    if not before.held and any(_is_decision(event) for event in segment.events):
        yield "decides under a lease that was free"


def _taken_wrongs(segment: Segment, taken: list[LeaseTaken], before: Lease) -> Iterator[str]:
    if len(taken) > 1:
        yield "takes the lease more than once"
    event, head = taken[0], segment.head
    if (event.token, head.token) != (head.seq, head.seq):
        yield f"takes the lease with token {event.token}, not with its own number"
    if (event.from_, event.free) != (before.token, not before.held):
        yield f"takes the lease from token {event.from_}; {before.token} was the newest"


def _is_decision(event: Event) -> bool:
    return not isinstance(event, (Opened, LeaseTaken, *FACTS, *WORDS))


def opening_wrongs(segment: Segment, plan: bytes | None) -> Iterator[str]:
    """Does the first segment of a rollout, and only that, open it, and for the plan that lies beside it?"""
    openings = [event for event in segment.events if isinstance(event, Opened)]
    if segment.head.n > 1:
        if openings:
            yield "opens its rollout a second time"
        return
    if len(openings) != 1 or not isinstance(segment.events[0], Opened):
        yield "does not begin with the opening of its rollout"
    elif plan is not None and openings[0].file != digest(plan):
        yield "was opened for another plan than the one that lies beside it"


def plan_wrongs(content: bytes, segment: Segment) -> Iterator[str]:
    """Is it a plan, written in the one way, of the digest that it and its opening say?"""
    try:
        plan = parse_plan(json.loads(content))
        written = plan_bytes(plan)
    except _ODD as error:
        yield f"is no plan: {error}"
        return
    if written != content:
        yield "is not written in the one way to write it (canonical JSON)"
    opened = next((event for event in segment.events if isinstance(event, Opened)), None)
    if opened is not None and opened.plan != plan.digest:
        yield f"has digest {plan.digest}; it was opened as {opened.plan}"
