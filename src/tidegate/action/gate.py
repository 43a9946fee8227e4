"""What this event may start: reading is for all of ours, acting for those of the default branch alone."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.github.event import read_event
from tidegate.github.reading import text
from tidegate.github.trigger import Trigger, may_act, trigger

READING = frozenset(
    {
        *("validate", "plan", "render", "schema", "doctor", "status", "metrics", "fleet list"),
        *("audit log", "audit show", "audit verify"),
    }
)
"""Commands that change neither devices nor the record. What is not named here is held to be one that does."""


def admitted(command: str, environ: Mapping[str, str]) -> tuple[Trigger, str]:
    """The event, where it may start `command`, and the default branch. UsageError where it may not, or is none of
    ours."""
    event = read_event(environ)
    started = trigger(environ, event)
    default = text(event, "repository", "default_branch")
    return started if " ".join(command.split()) in READING else may_act(started), default
