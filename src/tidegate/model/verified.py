"""What a look at the whole record found: how much there is, and every fault as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Something on the audit branch that no Tidegate wrote so. `path` is empty where it is about the commit itself,
    `commit` where it is about the branch. Paths, and words from the branch within `what`, are untrusted."""

    commit: str
    path: str
    what: str

    def __str__(self) -> str:
        where = f"commit {self.commit[:12]}" if self.commit else "the branch"
        return f"{where}: {self.path} {self.what}" if self.path else f"{where} {self.what}"


@dataclass(frozen=True, slots=True)
class Verified:
    """`commit` is the tip ("": there is no branch), `records` and `rollouts` are how many were read; `first` and
    `last` say when the oldest and the newest of them were written, as they put it themselves."""

    commit: str
    records: int
    rollouts: int
    first: str
    last: str
    faults: tuple[Fault, ...]

    @property
    def exit_code(self) -> int:
        return 1 if self.faults else 0
