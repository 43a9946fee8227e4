"""How the demo's person calls Tidegate: the command line, handed in by whoever stands above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with: its exit code, and all it wrote to stdout."""

    code: int
    text: str


class Shell(Protocol):
    """Runs `tidegate` commands in the clone, as a person would."""

    def show(self, *words: str) -> Said:
        """With the person watching."""

    def ask(self, *words: str) -> Said:
        """Without a word on the screen."""
