"""A fake GitHub: one repository with checks, runs, pull requests, rules and git, on a socket of this machine."""

from __future__ import annotations

from fakes.github.fake import FakeGitHub
from fakes.github.state import State, Token

__all__ = ["FakeGitHub", "State", "Token"]
