"""Records to write: the openings, steps and words that tests put on an audit branch."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from telling import Tale, a_plan
from tidegate.audit.branch import Branch, entry_of, next_head
from tidegate.audit.holder import Holder
from tidegate.audit.lane import Lane
from tidegate.audit.segment import AUDIT
from tidegate.audit.spool import Spools
from tidegate.audit.store import Entry, Tip
from tidegate.clock import Clock
from tidegate.git import Git
from tidegate.model.canonical import Json, canonical, digest, instant
from tidegate.model.event import Event, LeaseTaken, Opened, Stepped, StopAsked
from tidegate.model.plan import Plan
from tidegate.model.plan_file import plan_bytes
from tidegate.model.record import Record
from tidegate.model.state import State, Step

ADA = Holder("host:boot/1/10/100", "ada")
BOB = Holder("host:boot/1/20/200", "bob")
REF = "refs/heads/tidegate-audit"


def opened(clock: Clock, plan: Plan, **fields: Any) -> Opened:
    """A rollout begins, by a process of its own."""
    said: dict[str, Any] = {"kind": "deploy", "revision": plan.revision, "base": "", "asked": {"by": "ada"}}
    digests = {"plan": plan.digest, "file": digest(plan_bytes(plan))}
    return Opened(at=clock.now(), o=secrets.token_hex(6), k=1, **{**said, **digests, **fields})


def step(clock: Clock, k: int, device: str = "a", o: str = "crew", **fields: Any) -> Stepped:
    said: dict[str, Any] = {"a": 1, "s": Step.START, "to": State.PREFLIGHT}
    return Stepped(at=clock.now(), o=o, k=k, d=device, **{**said, **fields})


def stop(clock: Clock, by: str = "bob", k: int = 1) -> StopAsked:
    return StopAsked(at=clock.now(), o=f"word of {by}", k=k, by=by, then="back", why="it smells")


def beginning(clock: Clock) -> Entry:
    """The first commit."""
    content: dict[str, Json] = {"v": 1, "id": secrets.token_hex(8), "made": instant(clock.now())}
    return Entry({AUDIT: canonical(content) + b"\n"}, "tidegate: audit branch", clock.now())


def opening(tip: Tip, clock: Clock, plan: Plan | None = None) -> Entry:
    """The next rollout, of one device, its lease free."""
    plan = plan or a_plan("all: a")
    rollout, at = f"{plan.strategy}-{tip.seq + 1}", instant(clock.now())
    lane = f"{plan.project}/{plan.strategy}"
    head = next_head(tip, lane, rollout, held=False, token=0, holder="", by="ada", at=at)
    return entry_of(tip, head, [opened(clock, plan)], clock, plan)


def more(tip: Tip, clock: Clock, *events: Event) -> Entry:
    """One more segment of the newest rollout."""
    past, at = tip.shelf.all()[-1], instant(clock.now())
    head = next_head(tip, past.lane, past.rollout, held=False, token=0, holder="", by="ada", at=at)
    return entry_of(tip, head, events, clock)


def bare_remote(folder: Path) -> Path:
    """A bare repository with nothing in it."""
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    return folder


def own_git(folder: Path) -> Git:
    return Git.make(folder / "own.git")


def lose_answers(remote: Path, one_in: int = 1) -> None:
    """From now on of every so many pushes one is killed once it is written, before it could say so."""
    hook = remote / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    chance = f"[ $(( $(od -An -N2 -tu2 /dev/urandom) % {one_in} )) -eq 0 ]"
    hook.write_text(f'#!/bin/sh\nif [ "$1" = committed ] && {chance}; then kill -9 $PPID; fi\n')
    hook.chmod(0o755)


async def tell(branch: Branch, tale: Tale, spools: Spools, parts: int = 3) -> str:
    """A whole tale on the branch, in so many records after its opening; returns the rollout's id."""
    lane = Lane(branch, f"{tale.plan.project}/{tale.plan.strategy}", spools)
    begin, *rest = (replace(event, o=f"told {secrets.token_hex(4)}") for event in tale.events)
    assert isinstance(begin, Opened)
    held = await lane.open(tale.plan, begin, ADA)
    told = [event for event in rest if not isinstance(event, LeaseTaken)]
    size = max(1, -(-len(told) // parts))
    for start in range(0, len(told), size):
        some, over = told[start : start + size], start + size >= len(told)
        await held.append((), partial(_decided, some, over))
    return held.rollout


def _decided(events: Sequence[Event], over: bool, _record: Record, _seq: int) -> tuple[Sequence[Event], bool]:
    return events, over
