"""A job of a GitHub workflow that acts: for which commit of which repository, in whose name, and which job it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """`server` is GitHub's address, `repository` owner/name, `commit` what the event is about, `by` a login.

    `number`, `attempt` and `job` are the run, its attempt and the job's key in the workflow. `audit_token` may be ""
    where `token` writes the record too.
    """

    server: str
    repository: str
    commit: str
    event: str
    by: str
    number: str
    attempt: int
    job: str
    token: str = field(default="", repr=False)
    audit_token: str = field(default="", repr=False)

    @property
    def remote(self) -> str:
        """The URL that git fetches from and pushes to, without a token."""
        return f"{self.server.rstrip('/')}/{self.repository}.git"
