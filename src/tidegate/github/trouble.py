"""What can go wrong with GitHub, each with what to do about it."""

from __future__ import annotations

from tidegate.errors import TidegateError


class GitHubError(TidegateError):
    """GitHub could not, or would not, do what was asked."""


class Away(GitHubError):
    """GitHub cannot be reached, or answers with an error of its own, also after several tries."""


class AnswerLost(GitHubError):
    """Something was sent that must not be sent twice, and nobody knows whether it was done."""


class Forbidden(GitHubError):
    """The token may not do this. `permission` is what it lacks, as in `checks: write`; empty where that is unknown."""

    def __init__(self, message: str, *, hint: str = "", permission: str = "") -> None:
        super().__init__(message, hint=hint)
        self.permission = permission


class BadToken(GitHubError):
    """GitHub does not know the token."""


class NotThere(GitHubError):
    """There is no such thing, or the token may not know of it: GitHub says the same of both."""


class Refused(GitHubError):
    """GitHub understood and said no: a limit, a conflict, a value it does not take."""


class LimitReached(GitHubError):
    """GitHub's rate limit, and it would be too long a wait."""


class Unreadable(GitHubError):
    """An answer that is not what GitHub promises."""
