"""A token: carried as a value that no message and no log can show by accident."""

from __future__ import annotations

from tidegate.errors import UsageError


class Token:
    """Shown nowhere; `reveal` is called where it goes into a header, and nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """UsageError where it is empty, or cannot stand in a header."""
        value = value.strip()
        if not value:
            raise UsageError(
                "the GitHub token is empty",
                hint="In a workflow: with: {github-token: ${{ github.token }}}; elsewhere set GITHUB_TOKEN.",
            )
        if not value.isascii() or not value.isprintable() or " " in value:
            raise UsageError("the GitHub token has signs that no token has", hint="Set it again, on one line.")
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Token(***)"
