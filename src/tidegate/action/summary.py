"""The step's summary: what the command said, in Markdown, as far as GitHub takes it."""

from __future__ import annotations

from pathlib import Path

LIMIT = 1024 * 1024
"""Bytes of one step; GitHub shows nothing at all of a longer one."""
_CUT = "\n\nThe rest does not fit here: it is in the log of this step, and in the record (`tidegate audit show`).\n"


def append(file: Path, text: str) -> None:
    """Add `text` and an empty line. What would make the file longer than `LIMIT` is cut at the end of a line."""
    held = file.stat().st_size if file.exists() else 0
    content = f"{text}\n\n".encode()
    room = LIMIT - held
    if len(content) > room:
        kept = content[: max(0, room - len(_CUT.encode()))]
        content = kept[: kept.rfind(b"\n") + 1] + _CUT.encode() if room > len(_CUT.encode()) else b""
    with file.open("ab") as opened:
        opened.write(content)
