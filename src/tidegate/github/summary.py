"""Markdown within GitHub's bounds: what does not fit is left out whole, and it is said how much that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tidegate import escape
from tidegate.report.people import count

LIMIT = 65_535
"""What GitHub takes for a check's summary and its text. It says characters; bytes are never more."""
TITLE = 200
_END = 120


def title(text: str) -> str:
    """Plain words; GitHub reads no Markdown there."""
    return escape.line(text, TITLE) or "-"


def paragraphs(parts: Iterable[str], limit: int = LIMIT) -> str:
    """Parts, each whole, with an empty line between them, until one does not fit; empty ones are left out."""
    kept: list[str] = []
    left = limit - _END
    for part in parts:
        if not part:
            continue
        left -= size(part) + 2
        if left < 0:
            kept.append("More than GitHub shows here: the step summary and the record have all of it.")
            break
        kept.append(part)
    return "\n\n".join(kept)


def whole_parts(markdown: str) -> Iterator[str]:
    """Markdown in parts that may be left out: what is folded stays whole."""
    kept: list[str] = []
    for part in markdown.split("\n\n"):
        kept.append(part)
        if sum(one.count("<details>") - one.count("</details>") for one in kept) <= 0:
            yield "\n\n".join(kept)
            kept = []
    yield "\n\n".join(kept)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], word: str, most: int, limit: int) -> str:
    """A table of at most `most` rows and `limit` bytes, then how many `word`s are left out. Cells are untrusted."""
    lines = [_row(head), _row(["---"] * len(head))]
    left, hidden = limit - size("\n".join(lines)) - _END, 0
    for cells in rows:
        if hidden or len(lines) - 2 == most:
            hidden += 1
            continue
        line = _row([escape.markdown(cell) for cell in cells])
        left -= size(line) + 1
        if left < 0:
            hidden = 1
        else:
            lines.append(line)
    if len(lines) == 2:
        return f"{count(hidden, word)}, too many to show here." if hidden else ""
    return "\n".join([*lines, *(["", f"and {count(hidden, word)} more"] if hidden else [])])


def folded(summary: str, body: str) -> str:
    """A part that opens at a click; nothing where it is empty. `summary` holds words of ours."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>" if body else ""


def size(text: str) -> int:
    return len(text.encode())


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
