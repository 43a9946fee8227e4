"""What can be wrong with the audit branch, and who else may be in the way."""

from __future__ import annotations

from tidegate.errors import AuditError, Held


class Tampered(AuditError):
    """The branch is not what it was: something was changed, removed, or the whole of it put back."""


class NoBranch(AuditError):
    """There is no audit branch, and there never was one that we saw."""


class Busy(Held):
    """Somebody else holds the lane's lease. `left`: seconds until it counts as dead, if nothing more comes from it."""

    reason = "queued"

    def __init__(self, message: str, *, hint: str, holder: str, since: str, left: float) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder
        self.since = since
        self.left = left


class Queued(Held):
    """A rollout that has not ended has this lane or one of these devices. `rollout` is in the way."""

    reason = "queued"

    def __init__(self, message: str, *, hint: str, rollout: str, lane: str) -> None:
        super().__init__(message, hint=hint)
        self.rollout = rollout
        self.lane = lane
