"""Check runs: made once whatever gets lost on the way, changed, and looked up by name and external id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tidegate.github.answer import Call
from tidegate.github.reading import at, number, text
from tidegate.github.trouble import AnswerLost, Away
from tidegate.github.wire import Wire
from tidegate.model.canonical import instant

AT_ONCE = 50
"""Annotations that GitHub takes in one request; further ones are added by further requests."""
_NEEDS = "checks: write"
_TRIES = 4


class Conclusion(StrEnum):
    """How a check ended. GitHub has more words; these are ours."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"
    ACTION_REQUIRED = "action_required"


class Level(StrEnum):
    """Of an annotation; the worst is `failure`, not `error`."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Words at lines of a file, counted from 1. Columns (0: unknown) only where both lines are one."""

    path: str
    start_line: int
    end_line: int
    level: Level
    message: str
    title: str = ""
    start_column: int = 0
    end_column: int = 0

    @property
    def payload(self) -> Mapping[str, Any]:
        optional = {"title": self.title, "start_column": self.start_column, "end_column": self.end_column}
        return {
            "path": self.path,
            "start_line": self.start_line,
            "end_line": self.end_line,
            "annotation_level": self.level.value,
            "message": self.message,
            **{name: value for name, value in optional.items() if value},
        }


@dataclass(frozen=True, slots=True)
class Check:
    """A check as we want it. `key` is its external id, the same whenever the same check is meant.

    Without `conclusion` it is in progress. Title, summary and text are Markdown that has been made harmless.
    """

    name: str
    key: str
    title: str
    summary: str
    conclusion: Conclusion | None = None
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    started: datetime | None = None

    def payload(self, annotations: Sequence[Annotation]) -> dict[str, Any]:
        """What create and update take alike; `annotations` are those of this request."""
        output: dict[str, Any] = {"title": self.title, "summary": self.summary}
        if self.text:
            output["text"] = self.text
        if annotations:
            output["annotations"] = [annotation.payload for annotation in annotations]
        body: dict[str, Any] = {"name": self.name, "external_id": self.key, "output": output}
        body["status"] = "in_progress" if self.conclusion is None else "completed"
        if self.conclusion is not None:
            body["conclusion"] = self.conclusion.value
        if self.started is not None:
            body["started_at"] = instant(self.started)
        return body


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check as GitHub has it. `annotations` is their number; `conclusion` is empty while it runs."""

    id: int
    name: str
    key: str
    status: str
    conclusion: str
    head: str
    annotations: int
    url: str


class CheckRuns:
    """The calls."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._path = f"/repos/{wire.address.repository}"

    async def create(self, head: str, check: Check) -> CheckRun:
        """One check on the commit `head`, however often answers get lost: before it is sent again it is looked for."""
        return await self._create(head, check, ())

    async def update(self, run: CheckRun, check: Check) -> CheckRun:
        """The check as it is now. GitHub adds annotations and takes none away: those it has are not sent again."""
        if len(check.annotations) > run.annotations:
            return await self._annotated(run, check, run.annotations)
        return await self._patch(run.id, check, ())

    async def put(self, head: str, check: Check) -> CheckRun:
        """Update the newest check of this name where it has this key; else create one, which is shown in its place."""
        there = [run async for run in self.on(head, check.name)]
        newest = max(there, key=lambda run: run.id, default=None)
        if newest is not None and newest.key == check.key:
            return await self.update(newest, check)
        return await self._create(head, check, [run.id for run in there])

    async def find(self, head: str, name: str, key: str, older: Collection[int] = ()) -> CheckRun | None:
        """The newest with this name and external id on a commit, without the `older` ones."""
        found = [run async for run in self.on(head, name) if run.key == key and run.id not in older]
        return max(found, key=lambda run: run.id, default=None)

    async def on(self, head: str, name: str = "") -> AsyncIterator[CheckRun]:
        """All checks of a commit, or those with one name, older ones of that name too."""
        query: dict[str, str | int] = {"filter": "all", **({"check_name": name} if name else {})}
        call = Call("list the checks of a commit", "checks: read")
        async for entry in self._wire.pages(call, f"{self._path}/commits/{head}/check-runs", "check_runs", **query):
            yield _run(entry)

    async def _create(self, head: str, check: Check, older: Collection[int]) -> CheckRun:
        first = check.annotations[:AT_ONCE]
        made = await self._created(head, check, {"head_sha": head, **check.payload(first)}, older)
        return await self._annotated(made, check, len(first))

    async def _created(self, head: str, check: Check, body: Mapping[str, Any], older: Collection[int]) -> CheckRun:
        call = Call(f"create the check `{check.name}`", _NEEDS, repeatable=False)
        lost = 0
        while True:
            try:
                return _run((await self._wire.ask(call, "POST", f"{self._path}/check-runs", body=body)).body)
            except AnswerLost as error:
                lost += 1
                await self._wire.pause(float(lost))  # what was done may show a moment later
                found = await self.find(head, check.name, check.key, older)
                if found is not None:
                    return found
                if lost == _TRIES:
                    raise Away(f"{error.message}, {lost} times", hint=error.hint) from error

    async def _annotated(self, run: CheckRun, check: Check, sent: int) -> CheckRun:
        """What goes beyond the first request. Sent twice they would show twice: what got lost is counted first."""
        lost = 0
        while sent < len(check.annotations):
            batch = check.annotations[sent : sent + AT_ONCE]
            try:
                run = await self._patch(run.id, check, batch)
                sent += len(batch)
            except AnswerLost as error:
                lost += 1
                if lost == _TRIES:
                    raise Away(f"{error.message}, {lost} times", hint=error.hint) from error
                await self._wire.pause(float(lost))
                run = await self._get(run.id)
                sent = max(sent, run.annotations)
        return run

    async def _patch(self, run: int, check: Check, annotations: Sequence[Annotation]) -> CheckRun:
        call = Call(f"update the check `{check.name}`", _NEEDS, repeatable=not annotations)
        body = check.payload(annotations)
        return _run((await self._wire.ask(call, "PATCH", f"{self._path}/check-runs/{run}", body=body)).body)

    async def _get(self, run: int) -> CheckRun:
        return _run(await self._wire.get(Call("read a check", "checks: read"), f"{self._path}/check-runs/{run}"))


def _run(body: object) -> CheckRun:
    return CheckRun(
        id=number(body, "id"),
        name=text(body, "name"),
        key=text(body, "external_id"),
        status=text(body, "status"),
        conclusion=text(body, "conclusion"),
        head=text(body, "head_sha"),
        annotations=at(body, "output", "annotations_count") or 0,
        url=text(body, "html_url"),
    )
