"""The event's payload, as the runner wrote it to a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.errors import UsageError
from tidegate.escape import line

_BYTES = 32 * 1024 * 1024


def read_event(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """UsageError where there is none, or it is no JSON object."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        raise UsageError("GITHUB_EVENT_PATH is not set", hint="This is meant to run in GitHub Actions, which sets it.")
    try:
        with Path(path).open("rb") as file:
            event = json.loads(file.read(_BYTES))
    except OSError as error:
        raise UsageError(f"cannot read the event, {line(path)}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the event, {line(path)}, is no JSON") from error
    if not isinstance(event, dict):
        raise UsageError(f"the event, {line(path)}, is no JSON object")
    return event
