"""Who sits at this machine, as their own git knows them: taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tidegate.errors import UsageError
from tidegate.git.run import as_user, start_git


def person(root: Path, environ: Mapping[str, str]) -> str:
    """git's `user.email` in the clone at `root`. UsageError where there is none."""
    ended = start_git(("-C", str(root), "config", "--get", "user.email"), environ=as_user(environ))
    email = ended.stdout.decode("utf-8", "replace").strip()
    if not email:
        raise UsageError(
            "git does not know who you are, and the record wants to",
            hint="git config --global user.email YOU@EXAMPLE.ORG",
        )
    return email
