"""How a command that acts on a rollout came out: for people, for programs, and as an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate import escape
from tidegate.app.carrying.running import Ended
from tidegate.audit.shelf import Past
from tidegate.model.record import Record
from tidegate.report.markdown import record_markdown
from tidegate.report.story import story
from tidegate.rollout.decide import Leave
from tidegate.rollout.progress import Progress


@dataclass(frozen=True, slots=True)
class Done:
    """`outputs` are those of the action: rollout, plan, next, ask, decision, result, reason, exit; "" where unknown.

    `record` is that of the rollout which was carried out.
    """

    text: str
    exit_code: int
    outputs: Mapping[str, str]
    record: Record | None = None

    def markdown(self) -> str:
        """The same for a step's summary."""
        if self.record is None:
            return escape.markdown_block(self.text)
        return record_markdown(self.record, exit_code=self.exit_code)


def job_done(record: Record, ended: Ended, *, exit_code: int | None = None) -> Done:
    """The end of a job. `exit_code` where it is another than the job's own."""
    code = ended.exit_code if exit_code is None else exit_code
    leave, over = ended.leave, ended.progress.ended
    decision = "done" if over is not None else leave.decision
    said = {
        "rollout": record.rollout,
        "plan": record.plan.digest,
        "next": leave.leg if decision == "next" else "",
        "ask": leave.leg if decision == "ask" else "",
        "decision": decision,
        "result": over.result.value if over is not None else "",
        "reason": over.reason if over is not None else "",
    }
    return Done(story(record, exit_code=code).text, code, outputs(code, **said), record)


def over(past: Past) -> Done:
    """Nothing to do in a rollout that has ended: its end once more, and its exit code."""
    progress = Progress.of(past.plan, past.events)
    return job_done(past.record, Ended(progress, Leave("done")))


def outputs(code: int, **known: str) -> Mapping[str, str]:
    """All outputs, those that are not `known` empty."""
    names = ("rollout", "plan", "next", "ask", "decision", "result", "reason")
    return {**{name: known.get(name, "") for name in names}, "exit": str(code)}
