"""What can go wrong for Tidegate itself, each with its exit code and what to do about it."""

from __future__ import annotations


class TidegateError(Exception):
    """We cannot do the job. Raised once, caught once, at the edge.

    A message says what failed and where; `hint` says what to do. What is wrong with the user's files is a
    `Finding`, what goes wrong on one device is an `Answer`: those are values and never raised. `reason` is a word for
    programs, where there is one.
    """

    exit_code = 3
    reason = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TidegateError):
    """Called wrongly, or the project cannot be read."""

    exit_code = 2


class Refusal(TidegateError):
    """The answer is no: a brake, a guard, a gate."""

    exit_code = 1


class Held(TidegateError):
    """It waits for a person, a window, a soak or its turn."""

    exit_code = 5


class GitError(TidegateError):
    """git could not do what was asked."""


class AuditError(TidegateError):
    """The audit branch is missing, cannot be reached or written, or is not what it was."""


class LeaseLost(AuditError):
    """Somebody else acts in this lane now: no verb, no append, end."""


class DriverError(TidegateError):
    """A driver could not do its work for a reason that lies with us, not with the device."""


class RemoteAway(AuditError):
    """The audit remote does not answer. Nothing was lost: what waits is in the spool."""
