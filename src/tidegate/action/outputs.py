"""The outputs of the action: always all of them, "" where unknown, in a way that no value can add another."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_DECISION = {0: "done", 1: "refused", 5: "hold"}


def means(text: str) -> str:
    """A field of the outputs, described as action.yml describes it."""
    described: str = field(default="", metadata={"means": text})
    return described


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What later jobs may ask about. `next` and `ask` are never both set."""

    rollout: str = means("The rollout that was opened, taken up or spoken to.")
    plan: str = means("The digest of its plan, which is what approvals bind to.")
    next: str = means("The leg that may run now.")
    ask: str = means("The environment whose approval is missing.")
    decision: str = means("One of next, ask, hold, done, refused.")
    result: str = means("How the rollout ended, where it has.")
    reason: str = means("Why it ended so, waits, or was refused.")
    exit: str = means("The exit code of the command; of 5, which is that it waits, the step ends with 0.")

    @classmethod
    def of(cls, known: Mapping[str, str], code: int) -> Outputs:
        """What a command handed on, and how it ended."""
        said = {"decision": _DECISION.get(code, ""), **known}
        return cls(**{**said, "exit": str(code)})

    def write(self, file: Path) -> None:
        """Append to what the runner reads when the step is over (GITHUB_OUTPUT)."""
        parts: list[str] = []
        for name, value in asdict(self).items():
            # Nobody who writes a value knows the line that ends it.
            end = f"tidegate-{secrets.token_hex(16)}"
            parts.append(f"{name}<<{end}\n{value}\n{end}\n")
        with file.open("a", encoding="utf-8") as opened:
            opened.write("".join(parts))
