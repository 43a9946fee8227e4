"""What is going on in a project, from its record alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tidegate.app.ground.recorded import recorded
from tidegate.audit.holder import is_gone
from tidegate.audit.lease import TTL
from tidegate.model.canonical import parse_instant
from tidegate.model.record import Record
from tidegate.model.segment import Head
from tidegate.report.document import document
from tidegate.report.status import status
from tidegate.world import World


def status_text(world: World, folder: str) -> str:
    """One screen for people."""
    now = world.clock.now()
    return status(newest(world, folder), now, lambda head: is_dead(head, now))


def status_json(world: World, folder: str) -> dict[str, Any]:
    """All of it, for programs: the newest rollout of every lane, by lane."""
    now = world.clock.now()
    return {record.lane: document(record, lambda head: is_dead(head, now)) for record in newest(world, folder)}


def is_dead(head: Head, now: datetime) -> bool:
    """Is the job that wrote this head gone for certain, or has it been quiet for longer than a lease lasts?"""
    return is_gone(head.holder) or (now - parse_instant(head.at)).total_seconds() > TTL


def newest(world: World, folder: str) -> list[Record]:
    """The newest rollout of every lane."""
    by_lane = {past.lane: past for past in recorded(world, folder)}
    return [past.record for past in by_lane.values()]
