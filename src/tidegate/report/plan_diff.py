"""One group of equal changes as lines of a screen, and as a block of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate import escape
from tidegate.report.diff import HUNK, FileChange, Group
from tidegate.report.people import WIDTH, count, names, wrapped
from tidegate.report.plan_words import LOST, letter

LINES = 20
"""So many changed lines of a group are shown on a screen."""
_LINES_MARKDOWN = 200
_LONG = 2_000
"""Letters of a line that are shown: what is longer is no text that people wrote."""
_ROOM = WIDTH - 7


def group_lines(group: Group, index: int, most: int = LINES) -> Iterator[str]:
    """The devices, then file by file what changes, at most so many lines of it; nothing is wider than 80 columns."""
    head = f"diff {letter(index)} ({count(len(group.devices), 'device')}: "
    yield from wrapped(f"{names(group.devices, WIDTH - len(head) - 1)})", head, indent=2)
    if group.before == "lost":
        yield from wrapped(LOST, "  ")
    left = most
    for file in group.files:
        yield from wrapped(_file(group, file), "  ", indent=4)
        for line in file.lines[:left]:
            yield from _shown(line)
        left = max(0, left - len(file.lines))
    hidden = sum(len(file.lines) for file in group.files) - most
    if hidden > 0:
        whole = f"tidegate render {group.devices[0]} {group.component}"
        yield from wrapped(f"and {count(hidden, 'line')} more: {whole}", "    ")


def group_markdown(group: Group, index: int) -> str:
    """Folded: the devices, then the changes as a `diff` block. Markdown is not read inside of `summary`."""
    said = f"diff {letter(index)}: {count(len(group.devices), 'device')}"
    lines = [line for file in group.files for line in (f"# {_file(group, file)}", *file.lines)]
    shown = "\n".join(_defused(line) for line in lines[:_LINES_MARKDOWN])
    words = [escape.markdown(" ".join(group.devices), _LONG), *([LOST] if group.before == "lost" else [])]
    if len(lines) > _LINES_MARKDOWN:
        words.append(f"{count(len(lines) - _LINES_MARKDOWN, 'line')} more: `tidegate plan --format json`")
    return "\n\n".join(
        [
            f"<details><summary>{said}</summary>",
            *words,
            escape.markdown_block(shown, "diff"),
            "</details>",
        ]
    )


def _file(group: Group, file: FileChange) -> str:
    notes = f"  ({'; '.join(file.notes)})" if file.notes else ""
    return f"{group.component}  {file.target}{notes}"


def _shown(line: str) -> Iterator[str]:
    """A changed line, defused; what does not fit goes on below. Blanks at its end count, so they are kept."""
    if line == HUNK:
        yield f"    {HUNK}"
        return
    text = _defused(line[1:])
    pieces: Sequence[str] = [text[at : at + _ROOM] for at in range(0, len(text), _ROOM)] or [""]
    for number, piece in enumerate(pieces):
        yield _defused(f"    {' ' if number else line[0]}  {piece}") if piece else f"    {line[0]}"


def _defused(line: str) -> str:
    """With the blanks at its end, which `escape.line` would drop: a letter after them holds them."""
    return escape.line(line.expandtabs(4) + ".", _LONG).removesuffix(".")
