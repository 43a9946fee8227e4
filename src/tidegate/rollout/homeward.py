"""The guards on a device's way home: not understood, or being reverted."""

from __future__ import annotations

from dataclasses import replace

from tidegate.model.answer import Answer, At, Failed, Lost, Placed, Refused, Seen, Transaction
from tidegate.model.state import Step
from tidegate.model.verb import Why
from tidegate.rollout.facts import Facts, Move, newest, own_words, runs
from tidegate.rollout.standing import Standing


def read_unknown(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Seen():
            return _understood(standing, facts, answer)
        case _ if facts.gone:  # row 25
            return Move(Step.STRANDED, why="unreachable", text=facts.text)
        case _ if facts.late and not standing.silent:
            return _silent(standing, facts)
        case _:
            return None


def _silent(standing: Standing, facts: Facts) -> Move:
    """Row 24. Nothing was ever switched as far as we know, and it was our own death: unreached, not failed."""
    text = facts.text or "it has not answered"
    if standing.fresh and not standing.touched:
        return Move(Step.SILENT, why="unreached", text=text)
    return Move(Step.SILENT, why="silent", failed=True, text=text)


def _understood(standing: Standing, facts: Facts, seen: Seen) -> Move | None:
    attempt, transaction = newest(facts.family, seen)
    back = facts.back or standing.unreached
    if transaction is None or transaction.at is At.STAGED:
        return _nothing_there(standing, max(attempt, standing.attempt), back=back)
    if seen.running and not back:  # row 27
        return None
    target = runs(seen, facts.target)
    if transaction.at is At.ARMED and transaction.exit == 0 and target and not back:  # row 28
        return Move(Step.SEEN_ARMED, attempt=attempt, runs=dict(facts.target))
    if transaction.at is At.CONFIRMED and target and not back:  # row 29
        return Move(Step.CONFIRMED, attempt=attempt, runs=dict(facts.target))
    return Move(Step.TAKE_BACK, why=_why_back(standing, transaction, back=back), attempt=attempt)  # row 30


def _nothing_there(standing: Standing, attempt: int, *, back: bool) -> Move:
    if not standing.fresh:  # row 30: seal it, so that a late push of this id is refused
        return Move(Step.TAKE_BACK, why="interrupted", attempt=attempt)
    if not back:  # row 26
        return Move(Step.AGAIN, why="interrupted", attempt=attempt)
    if standing.failed:
        return Move(Step.REVERTED, why="failed")
    return Move(Step.SKIP, why="unreached" if standing.unreached else "back")


def _why_back(standing: Standing, transaction: Transaction, *, back: bool) -> str:
    if standing.failed or transaction.exit not in (None, 0):
        return Why.FAILED
    if back:
        return Why.BACK
    return Why.INTERRUPTED if standing.fresh else Why.FAILED


def read_reverting(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    if standing.unreached and not facts.back:
        facts = replace(facts, back=True)  # counted as not attempted: it is merely put back
    match answer:
        case Placed(superseded=True):  # row 33
            return _stranded(standing, facts, "a newer change stands on it")
        case Failed(text=text) | Refused(text=text) if not facts.tries:
            return _stranded(standing, facts, text)
        case Seen():
            return _read_back(standing, facts, answer) or _still_going(standing, facts)
        case _ if facts.gone:  # row 25
            return Move(Step.STRANDED, why="unreachable", text=facts.text)
        case _ if facts.late and not standing.silent and (answer is None or isinstance(answer, Lost)):  # row 24
            return Move(Step.SILENT, why="silent", failed=True, text=facts.text or "it has not answered")
        case _:
            return None


def _still_going(standing: Standing, facts: Facts) -> Move | None:
    """It answers, and is not back yet: for too long (row 24), or for so long that nobody waits any more (row 25)."""
    if facts.gone:
        return _stranded(standing, facts, "it goes back for longer than anybody waits")
    if facts.late and not standing.silent:
        return Move(Step.SILENT, why="silent", failed=True, text="it is still going back")
    return None


def _read_back(standing: Standing, facts: Facts, seen: Seen) -> Move | None:
    attempt, transaction = newest(facts.family, seen)
    if transaction is not None and transaction.stuck and not facts.tries:  # row 33
        return _stranded(standing, facts, "what ran before could not be restored")
    if transaction is None or transaction.at is not At.REVERTED:
        return None
    if not _runs_the_former(standing, facts, seen, transaction):
        if facts.tries:
            return None
        return _stranded(standing, facts, "it reverted, and does not run what it ran before")
    now = dict(seen.runs)
    if _is_interrupted(standing, facts, transaction):  # row 32
        if facts.again:
            return Move(Step.AGAIN, why="interrupted", attempt=attempt + 1, runs=now)
        return Move(Step.REVERTED, why="interrupted", failed=True, attempt=attempt, runs=now)
    if standing.failed or (facts.back and transaction.why is not Why.BOOT):
        return Move(Step.REVERTED, why="failed" if standing.failed else "back", attempt=attempt, runs=now)
    if transaction.why is Why.SEALED:
        return Move(Step.REVERTED, why="unreached", attempt=attempt, runs=now, text="nothing was switched")
    return Move(Step.REVERTED, why="failed", failed=True, attempt=attempt, runs=now, text=own_words(transaction))


def _runs_the_former(standing: Standing, facts: Facts, seen: Seen, transaction: Transaction) -> bool:
    """Sealed, it was never switched. Told to write over drift and then lost, nobody heard what it had drifted to."""
    unknown = facts.over_drift and not standing.found
    return transaction.why is Why.SEALED or unknown or runs(seen, facts.former)


def _is_interrupted(standing: Standing, facts: Facts, transaction: Transaction) -> bool:
    if not standing.fresh or facts.back or transaction.exit not in (None, 0):
        return False
    return transaction.why in (Why.SEALED, Why.DEADLINE, Why.INTERRUPTED)


def _stranded(standing: Standing, facts: Facts, text: str) -> Move:
    merely_back = facts.back and not standing.failed
    return Move(Step.STRANDED, why="not_revertable", failed=not merely_back, text=text)
