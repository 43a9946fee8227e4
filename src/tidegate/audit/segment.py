"""A segment as bytes, and where on the branch it lies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from tidegate.errors import AuditError
from tidegate.model.canonical import canonical, digest
from tidegate.model.event import Event
from tidegate.model.event_file import UnknownDecision, event_json, parse_event
from tidegate.model.segment import Head, Segment

AUDIT = "audit.json"
PLAN = "plan.json"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_PATH = re.compile(
    rf"records/(?P<lane>{_NAME}/{_NAME})/\d{{4}}/\d{{2}}/(?P<rollout>{_NAME}-\d+)/(?P<file>plan\.json|[1-9]\d*\.jsonl)"
)
_ID = re.compile(r"[0-9a-z]{8,64}")
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file of a rollout lies: `n` counts its segments from 1, 0 is its plan."""

    folder: str
    lane: str
    rollout: str
    n: int


def place_of(path: str) -> Place | None:
    """What lies at a path of the branch; None for what is no file of a rollout."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    name = found["file"]
    n = 0 if name == PLAN else int(name.removesuffix(".jsonl"))
    return Place(path.rpartition("/")[0], found["lane"], found["rollout"], n)


def folder_of(lane: str, rollout: str, opened: datetime) -> str:
    """The folder of a rollout, by the month in which it was opened."""
    return f"records/{lane}/{opened:%Y/%m}/{rollout}"


def segment_bytes(head: Head, events: Sequence[Event]) -> bytes:
    """The head's line and a line for each event, as canonical JSON."""
    lines: list[Mapping[str, Any]] = [_head_json(head), *(event_json(event) for event in events)]
    return b"".join(canonical(line) + b"\n" for line in lines)


def branch_id(content: bytes) -> str:
    """The branch's own id, from `audit.json`: it names folders here and on devices."""
    try:
        about = json.loads(content)
    except (ValueError, RecursionError):
        about = None
    id_ = about.get("id") if isinstance(about, dict) and about.get("v") == 1 else None
    if not isinstance(id_, str) or _ID.fullmatch(id_) is None:
        wrong = f"{AUDIT} on the audit branch says nothing that this version knows"
        raise AuditError(wrong, hint="See what is wrong: tidegate audit verify")
    return id_


def read_segment(path: str, content: bytes) -> Segment:
    """The segment that lies at `path`. AuditError where it is none, lies in a wrong place, or is too new for us."""
    try:
        *lines, rest = content.decode().split("\n")
        if rest:
            raise ValueError("it ends in the middle of a line")
        first, *others = (_line(line) for line in lines)
        head = _head(first)
        events = tuple(_event(line) for line in others)
    except UnknownDecision as error:
        raise AuditError(f"{path} on the audit branch: {error}", hint="Use the newer Tidegate.") from error
    except _ODD as error:
        raise AuditError(
            f"{path} on the audit branch is no segment: {error}", hint="See what is wrong: tidegate audit verify"
        ) from error
    place = place_of(path)
    if place is None or (place.lane, place.rollout, place.n) != (head.lane, head.rollout, head.n):
        raise AuditError(
            f"{path} on the audit branch says that it is {head.n} of {head.rollout} in {head.lane}",
            hint="See what is wrong: tidegate audit verify",
        )
    return Segment(head, events, path, digest(content))


def is_canonical(content: bytes) -> bool:
    """Is every line, of JSON each, the one way to write what it says?"""
    lines = content.split(b"\n")
    try:
        return lines[-1] == b"" and all(canonical(json.loads(line)) == line for line in lines[:-1])
    except _ODD:
        return False


def _head_json(head: Head) -> Mapping[str, Any]:
    state = "held" if head.held else "free"
    return {
        "v": 1,
        "seq": head.seq,
        "prev": head.prev,
        "lane": head.lane,
        "rollout": head.rollout,
        "n": head.n,
        "lease": {"state": state, "token": head.token, "holder": head.holder},
        "by": head.by,
        "tool": head.tool,
        "at": head.at,
    }


def _head(line: Mapping[str, Any]) -> Head:
    if line["v"] != 1:
        raise UnknownDecision(f"version {line['v']} is not known to this version")
    lease = line["lease"]
    if lease["state"] not in ("held", "free"):
        raise ValueError(f"a lease is held or free, not {lease['state']}")
    numbers = (line["seq"], line["n"], lease["token"])
    texts = (line["prev"], line["lane"], line["rollout"], lease["holder"], line["by"], line["tool"], line["at"])
    if not all(type(number) is int for number in numbers) or not all(isinstance(text, str) for text in texts):
        raise ValueError("its head has a number for a text, or a text for a number")
    return Head(
        seq=line["seq"],
        prev=line["prev"],
        lane=line["lane"],
        rollout=line["rollout"],
        n=line["n"],
        held=lease["state"] == "held",
        token=lease["token"],
        holder=lease["holder"],
        by=line["by"],
        tool=line["tool"],
        at=line["at"],
    )


def _event(line: Mapping[str, Any]) -> Event:
    if not isinstance(line.get("o"), str) or type(line.get("k")) is not int:
        raise ValueError("an event is not told apart by a text and a number")
    return parse_event(line)


def _line(line: str) -> Mapping[str, Any]:
    value = json.loads(line, parse_float=_refuse, parse_constant=_refuse)
    if not isinstance(value, dict):
        raise ValueError("a line is no object")  # noqa: TRY004 - it is the content that is wrong
    return value


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is no whole number")
