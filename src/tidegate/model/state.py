"""The words for where a device is, and for what moves it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING = "PENDING"
    PREFLIGHT = "PREFLIGHT"
    APPLYING = "APPLYING"
    VERIFYING = "VERIFYING"
    SOAKING = "SOAKING"
    CONFIRMING = "CONFIRMING"
    CONFIRMED = "CONFIRMED"
    REVERTING = "REVERTING"
    UNKNOWN = "UNKNOWN"
    SUCCEEDED = "SUCCEEDED"
    NOOP = "NOOP"
    SKIPPED = "SKIPPED"
    REFUSED = "REFUSED"
    REVERTED = "REVERTED"
    STRANDED = "STRANDED"


ENDS = frozenset({State.SUCCEEDED, State.NOOP, State.SKIPPED, State.REFUSED, State.REVERTED, State.STRANDED})


class Step(StrEnum):
    START = "start"
    SKIP = "skip"
    ALREADY = "already"
    INVALID = "invalid"
    UNFIT = "unfit"
    UNREACHED = "unreached"
    STAGED = "staged"
    APPLIED = "applied"
    APPLY_FAILED = "apply_failed"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    CONFIRM = "confirm"
    WENT_BACK = "went_back"
    CONFIRMED = "confirmed"
    TAKE_BACK = "take_back"
    DONE = "done"
    LOST = "lost"
    TAKEN_OVER = "taken_over"
    SILENT = "silent"
    STRANDED = "stranded"
    AGAIN = "again"
    REVERTED = "reverted"
    SEEN_ARMED = "seen_armed"


class HeldKind(StrEnum):
    APPROVAL = "approval"
    SOAK = "soak"
    WINDOW = "window"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    INCONCLUSIVE = "inconclusive"
    ENVIRONMENT = "environment"
    UNREACHED = "unreached"
    OFFLINE = "offline"
    REPLAN = "replan"
    RENDERS_DIFFERENTLY = "renders_differently"
    DIRECT_PUSH = "direct_push"
    HISTORY_REWRITTEN = "history_rewritten"
    IRREVERSIBLE = "irreversible"


GOES_ON_BY_ITSELF = frozenset({HeldKind.SOAK, HeldKind.WINDOW, HeldKind.OFFLINE})
"""Holds that `wake` takes up; all others wait for a person."""


class Result(StrEnum):
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    NOTHING = "nothing"
    REVERTED = "reverted"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    STRANDED = "stranded"

    @property
    def exit_code(self) -> int:
        return {"reverted": 1, "stopped": 1, "expired": 1, "stranded": 4}.get(self.value, 0)
