"""What the guards look at beside a device's answer, and the step they choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from tidegate.model.answer import At, Seen, Transaction
from tidegate.model.plan import Digests
from tidegate.model.state import Step
from tidegate.rollout.standing import Standing


@dataclass(slots=True)  # not frozen: one is made for every look at every device, and that costs three times as much
class Facts:
    """What is known beside the answer.

    `family` is the transaction id without its attempt; `target` what the device shall run, `former` what it ran (as
    recorded, or as found at preflight). `back`: it, its wave or its rollout goes back. `start`, `confirm`: it may.
    `healthy`: what its probes say, None while they have not said enough. `late`: its state has lasted too long;
    `gone`: so long that nobody waits any more. `again`: attempts are left; `tries`: reverts are left.
    `skip`: why it is not attempted at all. `over_drift`: a person said to write over what is no record's.
    """

    family: str
    target: Digests
    former: Digests
    back: bool = False
    start: bool = False
    confirm: bool = False
    healthy: bool | None = None
    late: bool = False
    gone: bool = False
    again: bool = True
    tries: bool = True
    skip: str = ""
    over_drift: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """The step to take. `attempt` where the device knows a later one than the journal; `runs` what was read back."""

    step: Step
    why: str = ""
    failed: bool = False
    text: str = ""
    attempt: int = 0
    runs: Digests = field(default_factory=lambda: MappingProxyType({}))


def newest(family: str, seen: Seen) -> tuple[int, Transaction | None]:
    """The latest attempt of this rollout that the device knows, and where it is; (0, None) where it knows none."""
    known = [
        (int(name.removeprefix(family)), transaction)
        for name, transaction in seen.transactions.items()
        if name.startswith(family) and name.removeprefix(family).isdigit()
    ]
    return max(known, key=lambda pair: pair[0], default=(0, None))


def is_armed(facts: Facts, standing: Standing, seen: Seen) -> bool:
    return is_at(facts, standing, seen, At.ARMED)


def is_at(facts: Facts, standing: Standing, seen: Seen, at: At) -> bool:
    transaction = seen.transactions.get(f"{facts.family}{standing.attempt}")
    return transaction is not None and transaction.at is at


def is_going(facts: Facts, standing: Standing, seen: Seen) -> bool:
    return is_at(facts, standing, seen, At.REVERTING) or is_at(facts, standing, seen, At.REVERTED)


def runs(seen: Seen, digests: Digests) -> bool:
    return all(seen.runs.get(component) == digest for component, digest in digests.items())


def unhealthy(text: str) -> Move:
    """Row 12 or 15: it failed, and goes back alone."""
    return Move(Step.UNHEALTHY, why="failed", failed=True, text=text)


def own_words(transaction: Transaction) -> str:
    if transaction.exit not in (None, 0):
        return f"apply ended with {transaction.exit}"
    why = transaction.why.value if transaction.why else "unknown reason"
    return f"the device went back by itself ({why})"
