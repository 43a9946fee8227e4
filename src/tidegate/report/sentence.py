"""One event as a sentence: what happened on a device, in a wave, or by a person's word."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.model.event import (
    Answered,
    Approved,
    Asked,
    Back,
    EndedEvent,
    Event,
    HeldEvent,
    LeaseTaken,
    LostReports,
    Rejected,
    Released,
    Retried,
    Stepped,
    StopAsked,
    UnknownFact,
    WaveJudged,
    WaveOpened,
)
from tidegate.model.state import State, Step
from tidegate.report.account import OWN_SKIPS
from tidegate.report.people import count, names, percent
from tidegate.report.words import HELD, SKIPPED, UNFIT
from tidegate.rollout.gate import allowed
from tidegate.rollout.progress import Progress

END_WORDS: Mapping[str, str] = {
    State.SUCCEEDED: "confirmed",
    State.NOOP: "ran it already",
    State.REVERTED: "reverted",
    State.REFUSED: "refused",
    State.SKIPPED: "skipped",
    State.STRANDED: "stranded",
}


def sentence(event: Event, progress: Progress, room: int) -> str:
    """What to say of an event, or nothing. `room` is how many columns a list of names may take."""
    match event:
        case Stepped():
            return device_sentence(event, progress)
        case WaveOpened(members=members):
            return f"opened: {names(members, room - 8)}"
        case WaveJudged():
            return verdict_sentence(event)
        case Back():
            return f"{'the wave' if event.scope == 'wave' else 'all that was changed'} goes back: {why_back(event)}"
        case HeldEvent():
            return f"held, {event.kind}: {why_held(event) or HELD[event.kind]}"
        case EndedEvent(result=result, counts=counts):
            return f"{result}: {ends(counts)}"
        case LeaseTaken(proof=proof):
            return "; ".join(part for part in (_taken(progress), proof) if part)
        case LostReports(count=lost, why=why):
            return f"{count(lost, 'report')} could not be delivered: {why}"
        case UnknownFact(e=name):
            return f"`{name}`: written by a newer Tidegate, of no effect here"
        case _:
            return _word(event, progress)


def device_sentence(event: Stepped, progress: Progress) -> str:
    """What is worth a line about one device: that it does not get the change, or went back. Else nothing."""
    match event.s:
        case Step.STAGED:
            return event.text
        case Step.INVALID:
            return f"refused: {event.text or 'its own validation said no'}{_counted(event, progress)}"
        case Step.UNFIT:
            return f"refused: {_because(UNFIT, event)}; nothing was switched"
        case Step.UNREACHED:
            return f"skipped: {_because(SKIPPED, event)}"
        case Step.SKIP:
            return f"skipped: {SKIPPED[event.why]}" if event.why in OWN_SKIPS else ""
        case Step.APPLY_FAILED | Step.UNHEALTHY | Step.WENT_BACK:
            return f"{event.text or 'failed'}; goes back{_counted(event, progress)}"
        case Step.SILENT:
            return f"says nothing any more: {event.text}{_counted(event, progress) if event.failed else ''}"
        case Step.STRANDED:
            return f"STRANDED, a person must look at it: {event.text or event.why}"
        case Step.REVERTED:
            return _reverted(event)
        case _:
            return ""


def _because(words: Mapping[str, str], event: Stepped) -> str:
    word = words.get(event.why, event.why)
    return f"{word} ({event.text})" if event.text else word


def _counted(event: Stepped, progress: Progress) -> str:
    index = progress.plan.wave_of[event.d]
    tally = progress.tallies[index]
    return f" ({tally.failed} failed, {allowed(progress.plan.waves[index], tally)} allowed)"


def _reverted(event: Stepped) -> str:
    if event.why == "unreached":
        return "nothing was switched on it"
    if event.why == "interrupted":
        return "reverted, interrupted too often; former digest read back"
    return f"reverted{' with the others' if event.why == 'back' else ''}, former digest read back"


def verdict_sentence(judged: WaveJudged) -> str:
    """`PASS: 3 of 4 healthy, 1 failed; weak: up to 75 % may fail`."""
    if judged.verdict != "pass" or judged.row == 6:
        return f"{judged.verdict.upper()}: {judged.reason}"
    failed = f", {judged.f} failed" if judged.f else ""
    unreached = f", {judged.u} not reached" if judged.u else ""
    weak = weakness(judged)
    return f"PASS: {judged.s} of {judged.n} healthy{failed}{unreached}{weak and f'; weak: {weak}'}"


def why_back(back: Back) -> str:
    """Its reason, without the name of the wave it is told with."""
    return back.reason.removeprefix(f"{back.wave}: ")


def why_held(held: HeldEvent) -> str:
    """What it says of itself, without the name of the wave it is told with."""
    return held.text.removeprefix(f"{held.wave}: ")


def weakness(judged: WaveJudged) -> str:
    """What a pass of few devices does not rule out, at 95 %; nothing where it proved enough."""
    if judged.row != 13 or not judged.bound:
        return ""
    return f"up to {percent(float(judged.bound))} may fail"


def ends(counts: Mapping[str, int]) -> str:
    """`17 confirmed, 1 reverted`."""
    return ", ".join(f"{counts[state]} {word}" for state, word in END_WORDS.items() if counts.get(state))


def _taken(progress: Progress) -> str:
    unknown = sum(tally.count(State.UNKNOWN) for tally in progress.tallies)
    return f"taken up: {count(unknown, 'device')} at work asked where they are" if unknown else ""


def _word(event: Event, progress: Progress) -> str:
    match event:
        case Asked(count=wanted):
            return f"waits for {count(wanted, 'approval')}: tidegate approve"
        case Approved(by=by, why=why):
            so_far = f" ({len(progress.approvals)} of {progress.ask.count})" if progress.ask else ""
            return f"approved by {by}{so_far}{_why(why)}"
        case Rejected(by=by, why=why):
            return f"rejected by {by}{_why(why)}"
        case StopAsked(by=by, then=then, why=why):
            return f"{by} says {'stop and go back' if then == 'back' else 'stop and stay'}{_why(why)}"
        case Answered(by=by, answer=answer, why=why):
            said = {"go": "go on", "back": "go back", "end": "end it, keep what is confirmed"}[answer]
            return f"{by} says {said}{_why(why)}"
        case Released(d=device, by=by, why=why):
            return f"{device} is released by {by}{_why(why)}"
        case Retried(component=component, by=by, why=why):
            return f"{component} is tried again, says {by}{_why(why)}"
        case _:
            return ""


def _why(why: str) -> str:
    return f": {why}" if why else ""
