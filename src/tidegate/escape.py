"""The one place where text that others wrote is made harmless: for terminals, logs, workflow commands and Markdown.

Text from files, devices, branches and titles may hold control sequences, fake log lines, and both syntaxes of workflow
commands: `::x::` at the start of a line, and `##[x]` anywhere in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

LIMIT = 500
MESSAGE_LIMIT = 4096
"""Characters a runner keeps of a workflow command's message (`_maxIssueMessageLength` of actions/runner)."""

_CUT = "…"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)")
_OLD_COMMAND = re.compile(r"##(?=\[)")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()+\-.!|~:^$=#]")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_NOTHING = "<!-- -->"
"""Between `@` and a name it keeps GitHub from seeing a mention."""


def line(text: str, limit: int = LIMIT) -> str:
    """One printable line of at most `limit` characters, which no terminal and no runner takes for a command.

    What is not printable stands as an escape (`\\n`, `\\x1b`, `\\u202e`); blanks at the end are dropped. A line stays
    as it is when it is given again.
    """
    text = text.rstrip()
    shown = _defused(_printable(text[: limit + 1]))
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - len(_CUT)].rstrip() + _CUT


def block(text: str, limit: int = LIMIT) -> str:
    """Several lines, each as `line` makes it; they end as any of `\\n`, `\\r\\n` and `\\r` says."""
    return "\n".join(line(part, limit) for part in re.split(r"\r\n|\n|\r", text))


def command_message(text: str) -> str:
    """The message of a workflow command (what follows `::`): several lines are allowed, percent-encoded."""
    shown = block(text[: MESSAGE_LIMIT + 1], MESSAGE_LIMIT)
    return _percent(shown if len(shown) <= MESSAGE_LIMIT else shown[: MESSAGE_LIMIT - len(_CUT)] + _CUT)


def command_value(text: str) -> str:
    """A property of a workflow command (`file=...`): one line, and neither of the signs that end a property."""
    return _percent(line(text, MESSAGE_LIMIT)).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str, limit: int = LIMIT) -> str:
    """Plain words within a Markdown line or table cell: no markup, no HTML, no link, nobody mentioned."""
    shown = _MARKDOWN.sub(lambda sign: "\\" + sign[0], line(text, limit)).translate(_HTML)
    return shown.replace("@", "@" + _NOTHING).replace("\\#", "\\#" + _NOTHING)


def markdown_block(text: str, language: str = "") -> str:
    """A fenced block that its content cannot end. `language` is a word of ours."""
    shown = block(text, MESSAGE_LIMIT)
    fence = "`" * max(3, 1 + _longest(re.findall(r"`+", shown)))
    return f"{fence}{language}\n{shown}\n{fence}"


def json_text(value: object) -> str:
    """A document for programs, as text that a log may hold: ASCII, and no `##[` inside its strings."""
    return json.dumps(value, indent=2).replace("##[", "#\\u0023[")


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    if letter in _SHORT:
        return _SHORT[letter]
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _defused(text: str) -> str:
    """A backslash inside both syntaxes: people read them, runners do not."""
    return _OLD_COMMAND.sub(r"##\\", _COMMAND_AT_START.sub(r"\1:\\", text))


def _percent(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _longest(runs: Iterable[str]) -> int:
    return max(map(len, runs), default=0)
