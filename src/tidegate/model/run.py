"""A job of a GitHub workflow that acts: for which commit of which repository, in whose name, and which job it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """`server` is GitHub's address, `repository` owner/name, `commit` what the event is about, `by` a login.

    `number`, `attempt` and `job` are the run, its attempt and the job's key in the workflow. `audit_token` may be ""
    where `token` writes the record too. `shown` is the commit where checks are seen, `default` the branch that devices
    are changed from.

    Of a pull request and a merge queue: `base` is the commit that judges; `elsewhere` the branch it goes to, where
    that is not `default`, so that there is nothing to judge; `read_only` where the token cannot write checks.
    """

    server: str
    repository: str
    commit: str
    event: str
    by: str
    number: str
    attempt: int
    job: str
    shown: str = ""
    default: str = ""
    base: str = ""
    elsewhere: str = ""
    read_only: bool = False
    token: str = field(default="", repr=False)
    audit_token: str = field(default="", repr=False)

    @property
    def remote(self) -> str:
        """The URL that git fetches from and pushes to, without a token."""
        return f"{self.server.rstrip('/')}/{self.repository}.git"
