"""What a person chooses of the workflows, beside what tidegate.yaml says; a written file remembers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate import __version__
from tidegate.errors import UsageError

ACTION = "tidegate/tidegate"
HOSTED = "ubuntu-24.04"
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Settings:
    """`action` is the repository of the action, `ref` which commit of it; `runs_on` the labels of the runner that
    reaches the devices, `hosted` those of the one for jobs that touch none; `reviewers`: environments can have some.
    """

    action: str = ACTION
    ref: str = f"v{__version__}"
    runs_on: tuple[str, ...] = (HOSTED,)
    hosted: tuple[str, ...] = (HOSTED,)
    branch: str = "main"
    reviewers: bool = True

    def __post_init__(self) -> None:
        for what, value, pattern in (
            ("--ref", self.action, _ACTION),
            ("--ref", self.ref, _REF),
            ("--branch", self.branch, _REF),
            *(("--runs-on", label, _LABEL) for label in self.runs_on),
            *(("--hosted", label, _LABEL) for label in self.hosted),
        ):
            if not pattern.fullmatch(value):
                raise UsageError(
                    f"{what}: `{value}` cannot be written into a workflow", hint="See: tidegate init --help"
                )

    @property
    def pinned(self) -> bool:
        """Is the action named by a commit, which nobody can move?"""
        return _COMMIT.fullmatch(self.ref) is not None

    @property
    def uses(self) -> str:
        return f"{self.action}@{self.ref}"

    def document(self) -> Mapping[str, Any]:
        """As a written file keeps it."""
        return {
            "action": self.action,
            "ref": self.ref,
            "runs_on": list(self.runs_on),
            "hosted": list(self.hosted),
            "branch": self.branch,
            "reviewers": self.reviewers,
        }

    @classmethod
    def of(cls, document: object) -> Settings | None:
        """What a written file has kept; None where it is nothing of ours."""
        match document:
            case {
                "action": str(action),
                "ref": str(ref),
                "runs_on": [*runs_on],
                "hosted": [*hosted],
                "branch": str(branch),
                "reviewers": bool(reviewers),
            } if all(isinstance(label, str) for label in (*runs_on, *hosted)):
                try:
                    return cls(action, ref, tuple(runs_on), tuple(hosted), branch, reviewers)
                except UsageError:
                    return None
        return None
