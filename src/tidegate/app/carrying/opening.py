"""Opening a rollout and nothing more: what the plan job of a workflow does. It touches no device."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.app.carrying.running import Ended, new_owner
from tidegate.audit.held import Held
from tidegate.clock import Clock
from tidegate.model.event import Asked, Event
from tidegate.model.record import Record
from tidegate.rollout.decide import Do, Leave, Seat, Stamp, decide
from tidegate.rollout.progress import Progress


async def leave_open(held: Held, clock: Clock) -> Ended:
    """Say which leg may go on, or ask for the approval that is missing; then let the lease go."""
    owner = new_owner()
    numbers = iter(range(1, 1_000_000))
    leaving = [Leave("hold")]

    def say(record: Record, seq: int) -> tuple[Sequence[Event], bool]:
        progress = Progress.of(record.plan, record.events)
        stamp = Stamp(o=owner, k=next(numbers), seq=seq, at=clock.now())
        asked, leaving[0] = who_goes_on(progress, stamp)
        return asked, True

    await held.append((), say)
    record = held.record()
    return Ended(Progress.of(record.plan, record.events), leaving[0])


def who_goes_on(progress: Progress, stamp: Stamp) -> tuple[Sequence[Asked], Leave]:
    """Which leg may go on, or whose approval is missing, with the question where it was not asked yet."""
    step = decide(progress, stamp.at, stamp, Seat(leg=""))
    match step:
        case Leave():
            return (), step
        case Do(event=Asked() as asked):
            return [asked], Leave("ask", asked.environment)
        case _:
            return (), Leave("next", _leg(progress))


def _leg(progress: Progress) -> str:
    """The leg whose devices are still on their way, or whose wave is to be judged."""
    return progress.plan.waves[max(progress.wave, 0)].leg
