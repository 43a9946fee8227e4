"""The guards on a device's way up: from PENDING to CONFIRMED, and where it falls off."""

from __future__ import annotations

from tidegate.model.answer import Answer, At, Ended, Failed, Lost, Placed, Refused, Seen, Staged
from tidegate.model.state import Step
from tidegate.rollout.facts import Facts, Move, is_armed, is_going, newest, own_words, runs, unhealthy
from tidegate.rollout.standing import Standing


def read_pending(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    if facts.skip or facts.back:  # row 2
        return Move(Step.SKIP, why=facts.skip or "back")
    return Move(Step.START) if facts.start else None  # row 1


def read_preflight(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    """What is asked here stages and switches, so only who was not reached is surely untouched."""
    match answer:
        case Lost(unsent=True, text=text):  # row 6
            return Move(Step.UNREACHED, why="unreached", text=text)
        case Lost(text=text):  # row 22
            return Move(Step.LOST, text=text)
        case Refused(why="already"):  # row 3
            return Move(Step.ALREADY, runs=dict(facts.target))
        case Refused(why="invalid", text=text):  # row 4
            return Move(Step.INVALID, why="invalid", failed=True, text=text)
        case Refused(why=why, text=text):  # row 5
            return Move(Step.UNFIT, why=why, text=text)
        case Failed(text=text):
            return Move(Step.UNFIT, why="not_revertable", text=text)
        case Staged(runs=former):  # row 7
            return Move(Step.STAGED, runs=former or facts.former, text=_remarks(answer))
        case _ if facts.skip or facts.back:  # row 2
            return Move(Step.SKIP, why=facts.skip or "back")
        case _:
            return Move(Step.UNREACHED, why="unreached", text="no answer in time") if facts.late else None


def _remarks(staged: Staged) -> str:
    adopted = f"adopted, its files as found are kept: {' '.join(staged.found)}" if staged.found else ""
    beside = f"validated beside its own files, not in their place: {staged.beside}" if staged.beside else ""
    return "; ".join(filter(None, (adopted, beside)))


def read_applying(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Ended(exit=0):  # row 9
            return Move(Step.APPLIED)
        case Ended(exit=code, text=text):  # row 10
            return Move(Step.APPLY_FAILED, why="failed", failed=True, text=text or f"exit code {code}")
        case Failed(text=text):
            return Move(Step.APPLY_FAILED, why="failed", failed=True, text=text)
        case Refused(why=why, text=text):  # row 8
            return Move(Step.UNFIT, why="not_armed", text=text or why)
        case Lost(text=text) if not facts.late:  # row 22
            return Move(Step.LOST, text=text)
        case _ if facts.late:  # row 10
            return Move(Step.APPLY_FAILED, why="failed", failed=True, text="it took longer than its timeout")
        case _:
            return None


def read_verifying(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Lost(text=text) | Refused(text=text) | Failed(text=text):  # row 22
            return Move(Step.LOST, text=text)
        case Seen() if not is_armed(facts, standing, answer):  # row 12
            return unhealthy("it is not armed any more")
        case Seen() if not runs(answer, facts.target):
            return unhealthy("it does not run the target")
        case _ if facts.healthy is False:
            return unhealthy(facts.text)
        case _ if facts.back:  # row 18
            return Move(Step.TAKE_BACK, why="back")
        case Seen() if facts.healthy:  # row 11
            return Move(Step.HEALTHY, runs=dict(facts.target))
        case _ if facts.late:
            return unhealthy(facts.text or "no evidence of health in time")
        case _:
            return None


def read_soaking(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Lost(text=text) | Refused(text=text) | Failed(text=text):  # row 22
            return Move(Step.LOST, text=text)
        case Seen() if not is_armed(facts, standing, answer):  # row 16
            return _went_back(facts, standing, answer)
        case Seen() if not runs(answer, facts.target):  # row 15: evidence as good as a probe's
            return unhealthy("it does not run the target any more")
        case _ if facts.healthy is False:
            return unhealthy(facts.text)
        case _ if facts.back:  # row 18
            return Move(Step.TAKE_BACK, why="back")
        case _ if facts.confirm:  # row 14
            return Move(Step.CONFIRM)
        case _:
            return None


def read_confirming(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Placed(at=At.CONFIRMED):  # row 17
            return Move(Step.CONFIRMED, runs=dict(facts.target))
        case Placed(at=At.REVERTING | At.REVERTED):  # row 16
            return Move(Step.WENT_BACK, why="failed", failed=True, text="it had reverted by itself")
        case Lost(text=text) | Failed(text=text) | Refused(text=text):  # row 22
            return Move(Step.LOST, text=text)
        case _:
            return Move(Step.LOST, text="no answer to confirm in time") if facts.late else None


def read_confirmed(standing: Standing, facts: Facts, answer: Answer | None) -> Move | None:
    match answer:
        case Seen() if is_going(facts, standing, answer):  # row 16
            return _went_back(facts, standing, answer)
        case _ if facts.healthy is False:  # row 15
            return unhealthy(facts.text)
        case _ if facts.back:  # row 18
            return Move(Step.TAKE_BACK, why="back")
        case _ if facts.gone:  # row 20
            return Move(Step.STRANDED, why="unreachable", text=facts.text)
        case _:
            return None


def _went_back(facts: Facts, standing: Standing, seen: Seen) -> Move:
    _, transaction = newest(facts.family, seen)
    text = own_words(transaction) if transaction else "its transaction is gone"
    return Move(Step.WENT_BACK, why="failed", failed=True, text=text)
