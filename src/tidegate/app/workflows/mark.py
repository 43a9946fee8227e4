"""The head of a written file: which settings made it, and whether anybody has edited it since."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from tidegate.app.workflows.settings import Settings

_SAID = "# Written by `tidegate init`. `tidegate init --update` writes it anew as long as nobody has edited it.\n"
_MARK = re.compile(r"^# tidegate: (?P<settings>\{.*\}) sha256:(?P<digest>[0-9a-f]{64})\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """`untouched`: the file is, to the letter, as it was written."""

    settings: Settings
    untouched: bool


def marked(body: str, settings: Settings) -> str:
    """A file with its head."""
    kept = json.dumps(settings.document(), sort_keys=True, separators=(",", ":"))
    return f"{_SAID}# tidegate: {kept} sha256:{_digest(kept, body)}\n{body}"


def mark_of(text: str) -> Mark | None:
    """The head of a file; None where it is not ours. Line ends that git turned around are no edit."""
    text = text.replace("\r\n", "\n")
    found = _MARK.search(text)
    if found is None:
        return None
    try:
        settings = Settings.of(json.loads(found["settings"]))
    except json.JSONDecodeError:
        return None
    if settings is None:
        return None
    whole = text[: found.start()] == _SAID and found["digest"] == _digest(found["settings"], text[found.end() :])
    return Mark(settings, whole)


def _digest(settings: str, body: str) -> str:
    return hashlib.sha256(f"{settings}\n{body}".encode()).hexdigest()
