"""The outputs of the action: always all of them, "" where unknown, in a way that no value can add another."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_DECISION = {0: "done", 1: "refused", 5: "hold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What later jobs may ask about. `next` and `ask` are never both set."""

    rollout: str = field(default="", metadata={"means": "The rollout that was opened, taken up or spoken to."})
    plan: str = field(default="", metadata={"means": "The digest of its plan: what approvals bind to."})
    next: str = field(default="", metadata={"means": "The leg that may run now."})
    ask: str = field(default="", metadata={"means": "The environment whose approval is missing."})
    decision: str = field(default="", metadata={"means": "`next`, `ask`, `hold`, `done` or `refused`."})
    result: str = field(default="", metadata={"means": "How the rollout ended, where it has."})
    reason: str = field(default="", metadata={"means": "Why it ended so, or was refused."})
    exit: str = field(default="", metadata={"means": "The exit code of the command; of 5 (it waits) the step ends 0."})

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
